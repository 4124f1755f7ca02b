"""What people say and what we answer, in two languages. Data only; `story` draws from it.

Every phrase of a matter must be sorted to the same discipline whatever is put into it: a test tries all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.vocabulary import Discipline


class Matter(StrEnum):
    """What somebody writes about."""

    COMPLAINT = "complaint"
    PRICE = "price question"
    PRAISE = "praise"


WHOSE_JOB: Mapping[Matter, Discipline] = {
    Matter.COMPLAINT: Discipline.SERVICE,
    Matter.PRICE: Discipline.SALES,
    Matter.PRAISE: Discipline.MARKETING,
}
LANGUAGES = ("en", "es")
CITIES = ("Lisbon", "Bilbao", "Graz", "Cork", "Utrecht")
MODELS = ("Aurora", "Norte", "Vega", "Siena")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of people who speak a language."""

    first: tuple[str, ...]
    last: tuple[str, ...]


NAMES: Mapping[str, Names] = {
    "en": Names(("Ines", "Tom", "Amara", "Jonas", "Mei", "Olga"), ("Amsel", "Okoye", "Berg", "Novak", "Visser")),
    "es": Names(("Lucía", "Andrés", "Noelia", "Iker", "Marta", "Rafael"), ("Ferrer", "Costa", "Ibarra", "Molina", "Soler")),
}
PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "en": ("the {model} kettle", "the {model} desk lamp", "the {model} backpack", "the {model} coffee grinder"),
    "es": ("el hervidor {model}", "la lámpara {model}", "la mochila {model}", "el molinillo {model}"),
}
SAID: Mapping[tuple[Matter, str], tuple[str, ...]] = {
    (Matter.COMPLAINT, "en"): (
        "My order {number} still has not arrived, and this is the second time I write. What is going on?",
        "I bought {product} last month and it stopped working today. I want a replacement. Order {number}.",
        "I have been waiting for my parcel {number} for three weeks and nobody answers. This is unacceptable.",
        "My order {number}: {product} came broken, with a crack down the side. Please sort this out.",
    ),
    (Matter.COMPLAINT, "es"): (
        "Mi pedido {number} sigue sin llegar y es la segunda vez que escribo. ¿Qué pasa?",
        "Compré {product} el mes pasado y ya no funciona. Quiero que me devolváis el dinero. Pedido {number}.",
        "Llevo tres semanas esperando el paquete {number} y nadie contesta. Es inaceptable.",
        "Mi pedido {number}: me ha llegado {product} con una grieta y no funciona. ¿Podéis ayudarme?",
    ),
    (Matter.PRICE, "en"): (
        "How much is {product}, and do you ship to {city}?",
        "What does {product} cost? I would like to buy two.",
        "Could you tell me the price of {product}? I would like to order one this week.",
        "Do you have {product} in stock, and what is the price with delivery to {city}?",
    ),
    (Matter.PRICE, "es"): (
        "¿Cuánto cuesta {product} y hacéis envíos a {city}?",
        "¿Qué precio tiene {product}? Quiero comprar dos.",
        "¿Me podéis decir el precio de {product}? Quiero pedir uno esta semana.",
        "¿Tenéis {product} en stock? ¿Cuál es el precio con envío a {city}?",
    ),
    (Matter.PRAISE, "en"): (
        "I love {product}. Best thing I have bought in years, I recommend it to everyone.",
        "You make great things: {product} is wonderful, and I tell all my friends.",
        "Five stars for {product}: beautiful, well made, and I use it every day. I love it.",
        "What a lovely thing {product} is. Simply perfect, I highly recommend it.",
    ),
    (Matter.PRAISE, "es"): (
        "Me encanta {product}. Es lo mejor que he comprado, se lo recomiendo a todo el mundo.",
        "Hacéis cosas geniales: {product} es una maravilla y se lo recomiendo a todos mis amigos.",
        "Cinco estrellas para {product}: me encanta, y cada día me gusta más.",
        "Enhorabuena por {product}: es perfecto, totalmente recomendable.",
    ),
}
ANSWERED: Mapping[tuple[Matter, str], tuple[str, ...]] = {
    (Matter.COMPLAINT, "en"): (
        "I am sorry, {first}. A new one leaves today, and the number {number} stays the same.",
        "That should not have happened, {first}. I have looked at {number} and will call you within the hour.",
    ),
    (Matter.COMPLAINT, "es"): (
        "Lo siento, {first}. Hoy sale uno nuevo con el mismo número, {number}.",
        "No debería haber pasado, {first}. He mirado {number} y te llamo en menos de una hora.",
    ),
    (Matter.PRICE, "en"): (
        "Hello {first}, {product} is 49 euros, and shipping to {city} is free.",
        "Hi {first}, 49 euros for {product}; it would be in {city} on Thursday.",
    ),
    (Matter.PRICE, "es"): (
        "Hola {first}: {product} cuesta 49 euros, con el envío a {city} incluido.",
        "Hola {first}: 49 euros, y {product} estaría en {city} el jueves.",
    ),
    (Matter.PRAISE, "en"): (
        "Thank you, {first}! May we quote you on the page of {product}?",
        "That made our day, {first}. Enjoy {product}!",
    ),
    (Matter.PRAISE, "es"): (
        "¡Gracias, {first}! ¿Podemos citarte en la página de {product}?",
        "Nos has alegrado el día, {first}. ¡Que disfrutes de {product}!",
    ),
}
