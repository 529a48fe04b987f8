"""Routes that respond to anybody, to owners, to superusers, to nobody."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required, user_passes_test
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import include, path, re_path
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from .models import Author, Book, Loan, Shelf


def books(request):
    return JsonResponse(
        {"books": [f"{book.title} by {book.author.name}" for book in Book.objects.select_related("author")[:20]]}
    )


class AuthorView(DetailView):
    model = Author

    def render_to_response(self, context, **kwargs):
        return HttpResponse(context["object"].name)


def book(request, isbn):
    return HttpResponse(get_object_or_404(Book, isbn=isbn).title)


@login_required
def shelf(request, key):
    return HttpResponse(get_object_or_404(Shelf, key=key, owner=request.user).place)


def shelved(request, shelf_key, book_id):
    return HttpResponse(get_object_or_404(Book, pk=book_id, shelf_id=shelf_key).title)


@login_required
def me(request):
    return HttpResponse(request.user.username)


@user_passes_test(lambda user: user.is_superuser)
def report(request):
    return JsonResponse({"loans": Loan.objects.count()})


def year(request, year):
    return HttpResponse(Book.objects.filter(published__year=year).count())


@require_POST
def lend(request):
    return HttpResponse("lent")


def broken(request):
    raise ValueError("<b>never</b>")


def moved(request):
    return redirect("/books/")


def leave(request):
    return HttpResponse("bye")


app = [
    path("books/", books, name="books"),
    path("books/<isbn>/", book, name="book"),
    re_path(r"^authors/(?P<slug>[-\w]+)/$", AuthorView.as_view(), name="author"),
    path("shelves/<uuid:key>/", shelf, name="shelf"),
    path("shelves/<uuid:shelf_key>/books/<int:book_id>/", shelved, name="shelved"),
    path("me/", me, name="me"),
    path("report/", report, name="report"),
    path("years/<int:year>/", year),
    path("lend/", lend, name="lend"),
    path("broken/", broken, name="broken"),
    path("moved/", moved, name="moved"),
    path("logout/", leave, name="logout"),
    path("colours/<slug:colour>/", lambda request, colour: HttpResponse(status=404), name="colour"),
]
urlpatterns = [path("", include((app, "shelf"))), path("admin/", admin.site.urls)]
