"""The application that the server runs."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from stroma.config.loading import load_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stroma.config.settings")
application = get_wsgi_application()
# Behind a proxy everybody would come from one address, and one person's wrong passwords would lock everybody out.
# Only a proxy that is named is believed about where a request comes from.
if settings.DOOR.is_public and settings.DOOR.trusted_proxies:
    application = wrap_wsgi_with_proxy_headers(application, list(settings.DOOR.trusted_proxies))
load_pages()
