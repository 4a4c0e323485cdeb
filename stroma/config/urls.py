"""Addresses of the site; the pages come with the steps that own them."""

urlpatterns: list[object] = []
