"""What two people who met over a job think of each other."""

from django.db import models
from django.utils import timezone

from marketplace.models.accounts import User
from marketplace.models.jobs import Job


class Review(models.Model):
    """One person's rating of another for one job, from 1.0 to 5.0."""

    reviewer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reviews_given")
    reviewed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reviews_received")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="reviews")
    rating = models.DecimalField(max_digits=2, decimal_places=1)
    feedback = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reviewer", "reviewed", "job"], name="review_unique"),
            models.CheckConstraint(condition=models.Q(rating__gte=1, rating__lte=5), name="review_rating_range"),
        ]
        indexes = [
            models.Index(fields=["reviewed"], name="review_reviewed_idx"),
            models.Index(fields=["reviewer"], name="review_reviewer_idx"),
            models.Index(fields=["job"], name="review_job_idx"),
            models.Index(fields=["created_at"], name="review_created_at_idx"),
            models.Index(fields=["reviewer", "reviewed", "job"], name="review_triple_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.rating} from user {self.reviewer_id} for user {self.reviewed_id}"
