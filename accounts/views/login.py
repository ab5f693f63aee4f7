from django.http import HttpRequest, HttpResponse


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None) -> HttpResponse:
    return HttpResponse(status=429)
