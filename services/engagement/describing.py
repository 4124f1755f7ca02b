"""What a connector takes and can do, for whoever connects an account. Called by REST; pure."""

from collections.abc import Mapping

from services.contracts.views.connectors import ChoiceFormView, ConnectorFieldView, ConnectorView, SignInView
from services.contracts.vocabulary import ConnectorAbility
from services.engagement.channels import CALLBACKS
from services.engagement.protocol import (
    Authorizes,
    Backfills,
    Checks,
    ChoiceForm,
    Connector,
    Deletes,
    Edits,
    Field,
    Hides,
    Likes,
    Listens,
    LooksUp,
    OffersTemplates,
    SignIn,
    Subscribes,
)
from services.engagement.registry import CURRENT_SECRET

_ABILITIES: Mapping[ConnectorAbility, type] = {
    ConnectorAbility.LISTEN: Listens,
    ConnectorAbility.BACKFILL: Backfills,
    ConnectorAbility.LOOK_UP: LooksUp,
    ConnectorAbility.CHECK: Checks,
    ConnectorAbility.EDIT: Edits,
    ConnectorAbility.DELETE: Deletes,
    ConnectorAbility.HIDE: Hides,
    ConnectorAbility.LIKE: Likes,
    ConnectorAbility.SUBSCRIBE: Subscribes,
    ConnectorAbility.TEMPLATES: OffersTemplates,
}


def describe_connector(connector: Connector) -> ConnectorView:
    """What a platform takes and can do. The secret that proves deliveries is asked for where the platform makes it."""
    declaration = connector.declaration
    asked = [*declaration.credentials, *declaration.settings]
    if declaration.signing.made_by != "nobody":
        required = declaration.signing.made_by == "platform"
        asked.insert(0, Field(name=CURRENT_SECRET, description=declaration.signing.description, secret=True, required=required))
    return ConnectorView(
        platform=declaration.platform,
        title=declaration.title,
        receives=tuple(sorted(declaration.receives)),
        sends=tuple(sorted(declaration.sends)),
        begins=tuple(sorted(declaration.begins)),
        private_answers=tuple(sorted(declaration.private_answers)),
        abilities=tuple(ability for ability, protocol in _ABILITIES.items() if isinstance(connector, protocol)),
        signing=declaration.signing.made_by,
        fields=tuple(
            ConnectorFieldView(name=each.name, description=each.description, secret=each.secret, required=each.required, form=each.form)
            for each in asked
        ),
        docs=declaration.docs,
        sign_in=_sign_in_view(connector),
        choices=tuple(_form_view(each) for each in declaration.choices),
    )


def _form_view(form: ChoiceForm) -> ChoiceFormView:
    return ChoiceFormView(
        name=form.name,
        count=form.count,
        title_chars=form.title,
        id_bytes=form.id_bytes,
        description_chars=form.description,
        label_chars=form.label,
        text_chars=form.text,
        addresses=form.addresses,
    )


def _sign_in_view(connector: Connector) -> SignInView | None:
    if not isinstance(connector, Authorizes):
        return None
    declaration = connector.declaration
    sign_in = declaration.sign_in or SignIn()
    return SignInView(
        app=sign_in.app or declaration.platform,
        registration=tuple(each.name for each in sign_in.registration),
        asks=sign_in.asks,
        redirect_path=f"{CALLBACKS}{declaration.platform}",
    )
