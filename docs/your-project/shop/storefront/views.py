import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from storefront import catalogue


@require_GET
def product(request: HttpRequest, number: int) -> HttpResponse:
    """A product's page as JSON: the goods, their price and their reviews."""
    if request.headers.get("X-Api-Key") not in settings.API_KEYS:
        return JsonResponse({"error": "no such key"}, status=403)
    goods, price, reviews = catalogue.fetch(
        f"goods/{number}", f"prices/{number}", f"reviews/{number}"
    )
    return JsonResponse({"goods": goods, "price": price, "reviews": reviews})


@csrf_exempt
@require_POST
def orders(request: HttpRequest) -> HttpResponse:
    """Takes an order, which is checked without asking anybody."""
    order = json.loads(request.body)
    return JsonResponse({"ordered": order["number"]}, status=201)
