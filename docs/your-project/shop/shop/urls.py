from django.urls import path
from storefront.views import orders, product

urlpatterns = [
    path("products/<int:number>", product),
    path("orders", orders),
]
