"""The `account` service: each endpoint, and whom it turns to."""

from dataclasses import dataclass

from brickyard.contract import Context
from brickyard.engines.clock import Clock
from brickyard.platform.account.contract import Account
from brickyard.platform.account.desk import Desk
from brickyard.platform.account.moment import timestamp
from brickyard.platform.account.passkeys import PasskeyRecord
from brickyard.platform.account.schema import MIGRATIONS
from brickyard.platform.account.sessions import SessionRecord
from brickyard.platform.account.wire import (
    passkeys,
    profile,
    providers,
    second_factor,
    sessions,
    sign_in,
    signing_up,
)
from brickyard.platform.account.wire.words import DONE, DoneReply, SignedInReply
from brickyard.platform.export import Export, Part


@dataclass(frozen=True)
class EmbeddedAccount(Account):
    """Accounts of this cloud."""

    migrations = MIGRATIONS

    desk: Desk
    export_of: Export
    clock: Clock

    async def sign_up(self, context: Context, request: signing_up.SignUpRequest) -> DoneReply:
        """Send the letter that confirms."""
        await self.desk.sign_up.ask(context, request.email, request.password, request.name)
        return DONE

    async def confirm_sign_up(
        self, context: Context, request: signing_up.ConfirmSignUpRequest
    ) -> SignedInReply:
        """Make the account, and sign in."""
        who = await self.desk.sign_up.who(context, request.code, request.password)
        return await self.desk.sign_in.recognised(context, who)

    async def login(self, context: Context, request: sign_in.LoginRequest) -> SignedInReply:
        """Sign in with a password."""
        who = await self.desk.password_login.who(context, request.email, request.password)
        return await self.desk.sign_in.recognised(context, who)

    async def confirm_login(self, context: Context, request: sign_in.ConfirmLoginRequest) -> SignedInReply:
        """Finish with a second factor."""
        return await self.desk.sign_in.second_factor(context, request.challenge, request.code)

    async def send_magic_link(self, context: Context, request: sign_in.MailboxRequest) -> DoneReply:
        """Send the letter that signs in."""
        await self.desk.mailbox.send_magic_link(context, request.email)
        return DONE

    async def finish_magic_link(
        self, context: Context, request: sign_in.FinishMagicLinkRequest
    ) -> SignedInReply:
        """Sign in with a letter's code."""
        return await self.desk.sign_in.recognised(context, self.desk.mailbox.who(request.code))

    async def send_password_reset(self, context: Context, request: sign_in.MailboxRequest) -> DoneReply:
        """Send the letter that resets."""
        await self.desk.mailbox.send_reset(context, request.email)
        return DONE

    async def reset_password(self, context: Context, request: sign_in.ResetPasswordRequest) -> DoneReply:
        """Set another password, and end all sessions."""
        await self.desk.new_password.reset(context, request.code, request.password)
        return DONE

    async def change_password(self, context: Context, request: sign_in.ChangePasswordRequest) -> DoneReply:
        """Set another password, and end all other sessions."""
        entry = await self.desk.proof.of_owner(context, request.password)
        await self.desk.new_password.change(context, entry, request.new_password)
        return DONE

    async def change_email(self, context: Context, request: signing_up.ChangeEmailRequest) -> DoneReply:
        """Send the letter that confirms another mailbox."""
        entry = await self.desk.proof.of_owner(context, request.password)
        await self.desk.mailbox.send_change(context, entry.id, request.email)
        return DONE

    async def confirm_email(self, context: Context, request: signing_up.ConfirmEmailRequest) -> DoneReply:
        """Take another mailbox."""
        entry = await self.desk.proof.account(context)
        await self.desk.mailbox.change(context, entry, request.code)
        return DONE

    async def list_sessions(
        self, context: Context, request: sessions.ListSessionsRequest
    ) -> sessions.ListSessionsReply:
        """List open sessions."""
        entry = await self.desk.proof.account(context)
        found = await self.desk.sessions.of(entry.id)
        return sessions.ListSessionsReply(sessions=[self._told(each, context) for each in found])

    async def end_session(self, context: Context, request: sessions.EndSessionRequest) -> DoneReply:
        """End one session."""
        entry = await self.desk.proof.account(context)
        await self.desk.sessions.end(context, entry.id, request.id)
        return DONE

    async def end_other_sessions(
        self, context: Context, request: sessions.EndOtherSessionsRequest
    ) -> DoneReply:
        """End all sessions but this one."""
        entry = await self.desk.proof.account(context)
        await self.desk.sessions.end_all(context, entry.id, but=context.session)
        return DONE

    async def logout(self, context: Context, request: sessions.LogoutRequest) -> DoneReply:
        """End this session."""
        entry = await self.desk.proof.account(context)
        await self.desk.sessions.end(context, entry.id, context.session)
        return DONE

    async def set_up_totp(
        self, context: Context, request: second_factor.SetUpTotpRequest
    ) -> second_factor.SetUpTotpReply:
        """Propose a secret."""
        entry = await self.desk.proof.of_owner(context, request.password)
        return await self.desk.authenticator.propose(entry.id, entry.email or entry.id)

    async def confirm_totp(
        self, context: Context, request: second_factor.ConfirmTotpRequest
    ) -> second_factor.RecoveryCodesReply:
        """Begin to ask for codes."""
        entry = await self.desk.proof.account(context)
        return await self.desk.authenticator.confirm(context, entry.id, request.code)

    async def renew_recovery_codes(
        self, context: Context, request: second_factor.PasswordRequest
    ) -> second_factor.RecoveryCodesReply:
        """Replace the recovery codes."""
        entry = await self.desk.proof.of_owner(context, request.password)
        return await self.desk.authenticator.renew_recovery_codes(context, entry.id)

    async def remove_totp(self, context: Context, request: second_factor.PasswordRequest) -> DoneReply:
        """Ask for codes no more."""
        entry = await self.desk.proof.of_owner(context, request.password)
        await self.desk.authenticator.remove(context, entry)
        return DONE

    async def list_providers(
        self, context: Context, request: providers.ListProvidersRequest
    ) -> providers.ListProvidersReply:
        """List the providers that were set up."""
        return providers.ListProvidersReply(providers=self.desk.provider_logins.names())

    async def begin_login(
        self, context: Context, request: providers.BeginLoginRequest
    ) -> providers.BeginLoginReply:
        """Show the way to a provider."""
        return await self.desk.provider_logins.begin(request.provider)

    async def finish_login(self, context: Context, request: providers.FinishLoginRequest) -> SignedInReply:
        """Sign in by what a provider vouches for."""
        who = await self.desk.provider_logins.who(context, request.state, request.code, request.verifier)
        return await self.desk.sign_in.recognised(context, who)

    async def begin_passkey_login(
        self, context: Context, request: passkeys.BeginPasskeyLoginRequest
    ) -> passkeys.PasskeyOptionsReply:
        """Give a challenge."""
        return await self.desk.passkeys.begin_login()

    async def finish_passkey_login(
        self, context: Context, request: passkeys.FinishPasskeyLoginRequest
    ) -> SignedInReply:
        """Sign in by a passkey."""
        who = await self.desk.passkeys.who(request.credential)
        return await self.desk.sign_in.trusted(context, who)

    async def begin_passkey(
        self, context: Context, request: passkeys.BeginPasskeyRequest
    ) -> passkeys.PasskeyOptionsReply:
        """Give what a passkey is made of."""
        entry = await self.desk.proof.of_owner(context, request.password)
        return await self.desk.passkeys.begin(entry)

    async def finish_passkey(
        self, context: Context, request: passkeys.FinishPasskeyRequest
    ) -> passkeys.FinishPasskeyReply:
        """Keep a passkey's public key."""
        entry = await self.desk.proof.account(context)
        made = await self.desk.passkeys.finish(context, entry.id, request.credential, request.name)
        return passkeys.FinishPasskeyReply(id=made)

    async def list_passkeys(
        self, context: Context, request: passkeys.ListPasskeysRequest
    ) -> passkeys.ListPasskeysReply:
        """List passkeys."""
        entry = await self.desk.proof.account(context)
        found = await self.desk.passkeys.of(entry.id)
        return passkeys.ListPasskeysReply(passkeys=[_passkey(each) for each in found])

    async def remove_passkey(self, context: Context, request: passkeys.RemovePasskeyRequest) -> DoneReply:
        """Forget a passkey."""
        entry = await self.desk.proof.of_owner(context, request.password)
        await self.desk.passkeys.remove(context, entry.id, request.id)
        return DONE

    async def get(self, context: Context, request: profile.GetRequest) -> profile.ProfileReply:
        """Give what is known of the account."""
        entry = await self.desk.proof.account(context)
        return await self.desk.profiles.of(entry.id)

    async def update(self, context: Context, request: profile.UpdateRequest) -> DoneReply:
        """Rename the account."""
        entry = await self.desk.proof.account(context)
        await self.desk.profiles.rename(context, entry.id, request.name)
        return DONE

    async def delete(self, context: Context, request: profile.DeleteRequest) -> profile.DeleteReply:
        """Plan the end of the account."""
        entry = await self.desk.proof.of_owner(context, request.password)
        return await self.desk.farewell.plan(context, entry.id)

    async def restore(self, context: Context, request: profile.RestoreRequest) -> DoneReply:
        """Keep the account."""
        entry = await self.desk.proof.account(context)
        await self.desk.farewell.cancel(context, entry.id)
        return DONE

    async def export(self, context: Context, request: profile.ExportRequest) -> profile.ExportReply:
        """Give everything that is kept, a page of it."""
        entry = await self.desk.proof.account(context)
        page = await self.export_of.page((Part("account", entry.id),), request.cursor)
        return profile.ExportReply(data=page.data, next_cursor=page.cursor)

    def _told(self, record: SessionRecord, context: Context) -> sessions.SessionInfo:
        current = record.id == context.session
        used_ns = self.clock.now_ns() if current else record.used_ns
        return sessions.SessionInfo(
            id=record.id,
            address=record.address,
            agent=record.agent,
            created_at=timestamp(record.created_ns),
            expires_at=timestamp(record.expires_ns),
            used_at=None if used_ns is None else timestamp(used_ns),
            current=current,
        )


def _passkey(record: PasskeyRecord) -> passkeys.PasskeyInfo:
    return passkeys.PasskeyInfo(
        id=record.id,
        name=record.name,
        created_at=timestamp(record.created_ns),
        used_at=None if record.used_ns is None else timestamp(record.used_ns),
    )
