"""Work: industries, the shift jobs that clients post, and the applications for them."""

from django.db import models
from django.utils import timezone

from marketplace.models.accounts import User


class JobStatus(models.TextChoices):
    """Where a job is between posting and payday."""

    OPEN = "open", "Open"
    FILLED = "filled", "Filled"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


class ApplicationStatus(models.TextChoices):
    """What became of an application."""

    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Industry(models.Model):
    """A branch of work, such as hospitality."""

    name = models.CharField(max_length=80, unique=True)

    class Meta:
        verbose_name_plural = "industries"

    def __str__(self) -> str:
        return self.name


class Subcategory(models.Model):
    """A trade inside an industry, such as barista."""

    industry = models.ForeignKey(Industry, on_delete=models.CASCADE, related_name="subcategories")
    name = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "subcategories"
        constraints = [models.UniqueConstraint(fields=["industry", "name"], name="subcategory_unique")]

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """One shift that a client needs somebody for."""

    client = models.ForeignKey(User, on_delete=models.CASCADE, related_name="jobs")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="created_jobs")
    industry = models.ForeignKey(Industry, on_delete=models.PROTECT, related_name="jobs")
    subcategory = models.ForeignKey(Subcategory, on_delete=models.PROTECT, related_name="jobs")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    location = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=12, choices=JobStatus, default=JobStatus.OPEN)
    date = models.DateField()
    start_time = models.TimeField()
    end_time = models.TimeField()  # before start_time: the shift ends the next morning
    pay_rate = models.DecimalField(max_digits=8, decimal_places=2)  # per hour
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.title


class Application(models.Model):
    """A user's offer to work a shift."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="applications")
    applicant = models.ForeignKey(User, on_delete=models.CASCADE, related_name="applications")
    status = models.CharField(max_length=12, choices=ApplicationStatus, default=ApplicationStatus.PENDING)
    note = models.TextField(blank=True)  # for the job's client only
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "applicant"], name="application_unique")]

    def __str__(self) -> str:
        return f"user {self.applicant_id} for job {self.job_id}"


class SavedJob(models.Model):
    """A job that a user wants to come back to."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_jobs")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="saved_by")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "job"], name="saved_job_unique")]

    def __str__(self) -> str:
        return f"job {self.job_id} of user {self.user_id}"
