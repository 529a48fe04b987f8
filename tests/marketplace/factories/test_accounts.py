"""Users with what belongs to one of them."""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.auth.hashers import check_password

from marketplace.factories import PASSWORD, UserFactory, handle_of
from marketplace.models import Profile, Role, User, Wallet


@pytest.mark.django_db
def test_a_complete_user_has_profile_and_wallet_of_its_own_role():
    user = UserFactory(complete=True, role=Role.CLIENT)
    assert Profile.objects.get(user=user).role == Role.CLIENT
    assert Wallet.objects.get(user=user).balance is not None
    assert User.objects.count() == 1


def test_everybody_has_the_password_that_was_hashed_once():
    assert check_password(PASSWORD, UserFactory.build().password)


def test_a_handle_is_plain():
    assert handle_of("Zoë", "O'Neill") == "zoe.oneill"


def test_most_are_applicants():
    roles = Counter(user.role for user in UserFactory.build_batch(1000))
    assert roles[Role.APPLICANT] > 3 * roles[Role.CLIENT] > 3 * roles[Role.ADMIN]
