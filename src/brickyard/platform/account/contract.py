"""What the `account` service promises."""

from brickyard.contract import (
    Conflict,
    Context,
    Example,
    NotFound,
    Service,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    endpoint,
)
from brickyard.platform.account.wire import (
    passkeys,
    profile,
    providers,
    second_factor,
    sessions,
    sign_in,
    signing_up,
)
from brickyard.platform.account.wire.words import DONE, SIGNED_IN, DoneReply, SignedInReply

SIGNED_IN_VARYING = ("account", "token")
PASSWORD = "correct horse battery"  # noqa: S105 - an example
ALICE = "alice@example.com"
CODE = "nF3k…"


class Account(Service):
    """Sign up, sign in, and look after your account.

    Signing in gives a session, which manages the cloud: projects, keys, usage and the bill. A sign-in that is
    refused says no more than that: whether an e-mail has an account is told to its mailbox only.
    """

    category = "account"
    title = "Accounts"
    control_plane = True

    @endpoint(
        price=0,
        public=True,
        errors=(TooManyRequests,),
        examples=(
            Example(
                request=signing_up.SignUpRequest(email=ALICE, password=PASSWORD, name="Alice"), reply=DONE
            ),
        ),
    )
    async def sign_up(self, context: Context, request: signing_up.SignUpRequest) -> DoneReply:
        """Ask for an account. A letter goes to the e-mail; `ConfirmSignUp` takes its code."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        errors=(TooManyRequests,),
        examples=(
            Example(
                request=signing_up.ConfirmSignUpRequest(code=CODE, password=PASSWORD),
                reply=SIGNED_IN,
                varying=SIGNED_IN_VARYING,
            ),
        ),
    )
    async def confirm_sign_up(
        self, context: Context, request: signing_up.ConfirmSignUpRequest
    ) -> SignedInReply:
        """Make the account and its first project, and sign in."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        errors=(Unauthorized, TooManyRequests),
        examples=(
            Example(
                request=sign_in.LoginRequest(email=ALICE, password=PASSWORD),
                reply=SIGNED_IN,
                varying=SIGNED_IN_VARYING,
            ),
        ),
    )
    async def login(self, context: Context, request: sign_in.LoginRequest) -> SignedInReply:
        """Sign in with a password."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        errors=(Unauthorized, TooManyRequests),
        examples=(
            Example(
                request=sign_in.ConfirmLoginRequest(challenge=CODE, code="492039"),
                reply=SIGNED_IN,
                varying=SIGNED_IN_VARYING,
            ),
        ),
    )
    async def confirm_login(self, context: Context, request: sign_in.ConfirmLoginRequest) -> SignedInReply:
        """Finish a sign-in that asked for a second factor."""
        ...

    @endpoint(
        price=0,
        public=True,
        errors=(TooManyRequests,),
        examples=(Example(request=sign_in.MailboxRequest(email=ALICE), reply=DONE),),
    )
    async def send_magic_link(self, context: Context, request: sign_in.MailboxRequest) -> DoneReply:
        """Have a letter sent that signs in without a password."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        examples=(
            Example(
                request=sign_in.FinishMagicLinkRequest(code=CODE), reply=SIGNED_IN, varying=SIGNED_IN_VARYING
            ),
        ),
    )
    async def finish_magic_link(
        self, context: Context, request: sign_in.FinishMagicLinkRequest
    ) -> SignedInReply:
        """Sign in with the code of a letter."""
        ...

    @endpoint(
        price=0,
        public=True,
        errors=(TooManyRequests,),
        examples=(Example(request=sign_in.MailboxRequest(email=ALICE), reply=DONE),),
    )
    async def send_password_reset(self, context: Context, request: sign_in.MailboxRequest) -> DoneReply:
        """Have a letter sent with which another password can be chosen."""
        ...

    @endpoint(
        price=0,
        public=True,
        examples=(Example(request=sign_in.ResetPasswordRequest(code=CODE, password=PASSWORD), reply=DONE),),
    )
    async def reset_password(self, context: Context, request: sign_in.ResetPasswordRequest) -> DoneReply:
        """Choose another password with the code of a letter. All sessions end."""
        ...

    @endpoint(
        price=0,
        errors=(TooManyRequests,),
        examples=(
            Example(request=sign_in.ChangePasswordRequest(new_password="battery staple"), reply=DONE),  # noqa: S106 - an example
        ),
    )
    async def change_password(self, context: Context, request: sign_in.ChangePasswordRequest) -> DoneReply:
        """Choose another password. All other sessions end."""
        ...

    @endpoint(
        price=0,
        errors=(TooManyRequests,),
        examples=(Example(request=signing_up.ChangeEmailRequest(email="alice@example.net"), reply=DONE),),
    )
    async def change_email(self, context: Context, request: signing_up.ChangeEmailRequest) -> DoneReply:
        """Have a letter sent to another mailbox, which `ConfirmEmail` makes the account's."""
        ...

    @endpoint(price=0, examples=(Example(request=signing_up.ConfirmEmailRequest(code=CODE), reply=DONE),))
    async def confirm_email(self, context: Context, request: signing_up.ConfirmEmailRequest) -> DoneReply:
        """Make another mailbox the account's. The old one is told."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=sessions.ListSessionsRequest(),
                reply=sessions.ListSessionsReply(sessions=[sessions.THIS_ONE]),
                varying=("sessions",),
            ),
        ),
    )
    async def list_sessions(
        self, context: Context, request: sessions.ListSessionsRequest
    ) -> sessions.ListSessionsReply:
        """List where the account is signed in."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(Example(request=sessions.EndSessionRequest(id=sessions.THIS_ONE.id), reply=DONE),),
    )
    async def end_session(self, context: Context, request: sessions.EndSessionRequest) -> DoneReply:
        """End one session at once."""
        ...

    @endpoint(price=0, examples=(Example(request=sessions.EndOtherSessionsRequest(), reply=DONE),))
    async def end_other_sessions(
        self, context: Context, request: sessions.EndOtherSessionsRequest
    ) -> DoneReply:
        """End all sessions but the one that asks."""
        ...

    @endpoint(price=0, examples=(Example(request=sessions.LogoutRequest(), reply=DONE),))
    async def logout(self, context: Context, request: sessions.LogoutRequest) -> DoneReply:
        """End the session that asks."""
        ...

    @endpoint(
        price=0,
        secret=True,
        errors=(Conflict,),
        examples=(
            Example(
                request=second_factor.SetUpTotpRequest(),
                reply=second_factor.SetUpTotpReply(secret="JBSW…", uri="otpauth://totp/Brickyard:alice…"),  # noqa: S106 - an example
                varying=("secret", "uri"),
            ),
        ),
    )
    async def set_up_totp(
        self, context: Context, request: second_factor.SetUpTotpRequest
    ) -> second_factor.SetUpTotpReply:
        """Begin to use an authenticator as a second factor."""
        ...

    @endpoint(
        price=0,
        secret=True,
        errors=(Conflict,),
        examples=(
            Example(
                request=second_factor.ConfirmTotpRequest(code="492039"),
                reply=second_factor.RecoveryCodesReply(recovery_codes=["7kq2-m9xa-hv4t"]),
                varying=("recovery_codes",),
            ),
        ),
    )
    async def confirm_totp(
        self, context: Context, request: second_factor.ConfirmTotpRequest
    ) -> second_factor.RecoveryCodesReply:
        """Finish setting the authenticator up. From now on every sign-in but by passkey asks for a code."""
        ...

    @endpoint(
        price=0,
        secret=True,
        errors=(Conflict,),
        examples=(
            Example(
                request=second_factor.PasswordRequest(),
                reply=second_factor.RecoveryCodesReply(recovery_codes=["7kq2-m9xa-hv4t"]),
                varying=("recovery_codes",),
            ),
        ),
    )
    async def renew_recovery_codes(
        self, context: Context, request: second_factor.PasswordRequest
    ) -> second_factor.RecoveryCodesReply:
        """Give new recovery codes. The old ones are worthless from then on."""
        ...

    @endpoint(price=0, examples=(Example(request=second_factor.PasswordRequest(), reply=DONE),))
    async def remove_totp(self, context: Context, request: second_factor.PasswordRequest) -> DoneReply:
        """Use no second factor any more."""
        ...

    @endpoint(
        price=0,
        public=True,
        repeat="safe",
        examples=(
            Example(
                request=providers.ListProvidersRequest(),
                reply=providers.ListProvidersReply(providers=["example"]),
            ),
        ),
    )
    async def list_providers(
        self, context: Context, request: providers.ListProvidersRequest
    ) -> providers.ListProvidersReply:
        """List at which other providers one can sign in."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        errors=(NotFound, Unavailable),
        examples=(
            Example(
                request=providers.BeginLoginRequest(provider="example"),
                reply=providers.BeginLoginReply(
                    url="https://id.example/authorize?client_id=…&state=…", verifier="dBjf…"
                ),
                varying=("url", "verifier"),
            ),
        ),
    )
    async def begin_login(
        self, context: Context, request: providers.BeginLoginRequest
    ) -> providers.BeginLoginReply:
        """Begin to sign in at another provider, such as GitHub."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        errors=(Unauthorized, Unavailable),
        examples=(
            Example(
                request=providers.FinishLoginRequest(state=CODE, code="Splx…", verifier="dBjf…"),
                reply=SIGNED_IN,
                varying=SIGNED_IN_VARYING,
            ),
        ),
    )
    async def finish_login(self, context: Context, request: providers.FinishLoginRequest) -> SignedInReply:
        """Sign in with what the provider sent back. An account is made for whoever has none."""
        ...

    @endpoint(
        price=0,
        public=True,
        examples=(
            Example(
                request=passkeys.BeginPasskeyLoginRequest(),
                reply=passkeys.PasskeyOptionsReply(options=passkeys.CHALLENGE),
                varying=("options",),
            ),
        ),
    )
    async def begin_passkey_login(
        self, context: Context, request: passkeys.BeginPasskeyLoginRequest
    ) -> passkeys.PasskeyOptionsReply:
        """Begin to sign in with a passkey."""
        ...

    @endpoint(
        price=0,
        public=True,
        secret=True,
        errors=(Unauthorized,),
        examples=(
            Example(
                request=passkeys.FinishPasskeyLoginRequest(credential=passkeys.CREDENTIAL),
                reply=SIGNED_IN,
                varying=SIGNED_IN_VARYING,
            ),
        ),
    )
    async def finish_passkey_login(
        self, context: Context, request: passkeys.FinishPasskeyLoginRequest
    ) -> SignedInReply:
        """Sign in with what the passkey signed. No second factor is asked for: it is two already."""
        ...

    @endpoint(
        price=0,
        errors=(Conflict,),
        examples=(
            Example(
                request=passkeys.BeginPasskeyRequest(),
                reply=passkeys.PasskeyOptionsReply(options=passkeys.CREATION),
                varying=("options",),
            ),
        ),
    )
    async def begin_passkey(
        self, context: Context, request: passkeys.BeginPasskeyRequest
    ) -> passkeys.PasskeyOptionsReply:
        """Begin to make a passkey for the account."""
        ...

    @endpoint(
        price=0,
        errors=(Conflict,),
        examples=(
            Example(
                request=passkeys.FinishPasskeyRequest(credential=passkeys.CREDENTIAL, name="laptop"),
                reply=passkeys.FinishPasskeyReply(id=passkeys.LAPTOP.id),
                varying=("id",),
            ),
        ),
    )
    async def finish_passkey(
        self, context: Context, request: passkeys.FinishPasskeyRequest
    ) -> passkeys.FinishPasskeyReply:
        """Take the passkey that the browser made."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=passkeys.ListPasskeysRequest(),
                reply=passkeys.ListPasskeysReply(passkeys=[passkeys.LAPTOP]),
                varying=("passkeys",),
            ),
        ),
    )
    async def list_passkeys(
        self, context: Context, request: passkeys.ListPasskeysRequest
    ) -> passkeys.ListPasskeysReply:
        """List the account's passkeys."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(Example(request=passkeys.RemovePasskeyRequest(id=passkeys.LAPTOP.id), reply=DONE),),
    )
    async def remove_passkey(self, context: Context, request: passkeys.RemovePasskeyRequest) -> DoneReply:
        """Forget a passkey: it signs in no more."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(request=profile.GetRequest(), reply=profile.ALICE, varying=("id", "email", "created_at")),
        ),
    )
    async def get(self, context: Context, request: profile.GetRequest) -> profile.ProfileReply:
        """Give the account that is signed in."""
        ...

    @endpoint(price=0, examples=(Example(request=profile.UpdateRequest(name="Alice & Co."), reply=DONE),))
    async def update(self, context: Context, request: profile.UpdateRequest) -> DoneReply:
        """Call the account something else."""
        ...

    @endpoint(
        price=0,
        examples=(
            Example(
                request=profile.DeleteRequest(),
                reply=profile.DeleteReply(deletion_at="2026-12-01T08:00:00Z"),
                varying=("deletion_at",),
            ),
        ),
    )
    async def delete(self, context: Context, request: profile.DeleteRequest) -> profile.DeleteReply:
        """Have the account deleted in seven days, with its projects and their keys. Other sessions end."""
        ...

    @endpoint(price=0, examples=(Example(request=profile.RestoreRequest(), reply=DONE),))
    async def restore(self, context: Context, request: profile.RestoreRequest) -> DoneReply:
        """Keep the account after all."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=profile.ExportRequest(),
                reply=profile.ExportReply(data=profile.EXPORTED),
                varying=("data",),
            ),
        ),
    )
    async def export(self, context: Context, request: profile.ExportRequest) -> profile.ExportReply:
        """Give everything that is kept of the account, as JSON."""
        ...
