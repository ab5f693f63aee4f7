"""The page that a client begins at: their products, what others changed since they were last here, what waits."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import visits
from products.views.timeline import label, timeline


@allow(Action.PRODUCT_VIEW)
def show(request: PageRequest) -> HttpResponse:
    """Who looks as somebody else is not their visit: what is new to them stays new."""
    reader = request.user
    since = visits.since(reader) if reader.viewed_by else visits.arrive(reader)
    stories = visits.stories(reader, since)
    lines = timeline([story.entry for story in stories], reader)
    context = {
        "figures": visits.figures(reader),
        "since": since,
        "stories": list(zip(stories, lines, strict=True)),
        "low": visits.low(reader),
        "proposals": [(row, ", ".join(label(f.field) for f in row.fields.all())) for row in visits.proposals(reader)],
        "questions": visits.unanswered(reader),
        "here": "home",
    }
    return render(request, "products/home/show.html", context)
