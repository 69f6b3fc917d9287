"""Hand a registration over to another account of the same person, and close the account that it leaves."""

from uuid import UUID

from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.claim.refusals import ClaimantRegistered, ClaimDecided, HoldsLastCityAdmin
from capabilities.closing import close_account
from capabilities.enrolment import hand_over_enrolments
from capabilities.office import Office
from capabilities.registration import phone_index
from capabilities.transition import note, note_each
from models.claim import Claim
from models.greeting import ChannelConsent, Greeting
from models.media_check import MediaCheck
from models.person import Person
from models.role import Role
from models.session import Session
from models.team import Membership, Team
from models.upload import Upload
from models.volunteer import Volunteer, VolunteerStatus

# A registration of the claimant's own that nobody has let in yet gives way to the claimed one.
GIVES_WAY = (VolunteerStatus.DRAFT, VolunteerStatus.RETURNED)


async def hand_over(office: Office, who: Caller, claim: Claim, reason: str) -> None:
    """The registration with its number, enrolments, teams and words goes to the claimant; roles go to nobody.

    In the caller's transaction. Raises `ClaimantRegistered`, `HoldsLastCityAdmin`, or `ClaimDecided` where something
    moved meanwhile.
    """
    now, old, new = office.now(), claim.volunteer.person_id, claim.person_id
    held = await _hold(claim)
    is_as_read = (held.person_id, held.version) == (old, claim.volunteer.version)
    if not is_as_read or held.id_number_index != claim.id_number_index:
        raise ClaimDecided
    await _give_way(office, who, claim, reason)
    await Volunteer.filter(id=held.id).update(
        person_id=new, **await _contact(new), changed_at=now, version=held.version + 1
    )
    await note("volunteer", held.id, who.person_id, held.status, held.status, now, f"转入另一账号：{reason}"[:300])
    await hand_over_enrolments(old, new)
    await Membership.filter(person_id=old).update(person_id=new)
    await Team.filter(leader_id=old).update(leader_id=new)
    await _hand_over_words(old, new)
    await _close(office, who, old, reason)


async def _hold(claim: Claim) -> Volunteer:
    """The claimed registration; with it the claimant's, both under lock in one order."""
    rows = Volunteer.filter(Q(id=claim.volunteer_id) | Q(person_id=claim.person_id))
    held = {row.id: row for row in await rows.select_for_update().order_by("id")}
    return held[claim.volunteer_id]


async def _give_way(office: Office, who: Caller, claim: Claim, reason: str) -> None:
    draft = await Volunteer.get_or_none(person_id=claim.person_id)
    if draft is None:
        return
    is_claimed_itself = await Claim.exists(volunteer_id=draft.id)
    if draft.status not in GIVES_WAY or draft.volunteer_no is not None or is_claimed_itself:
        raise ClaimantRegistered(registration_status=draft.status.value)
    await Volunteer.filter(id=draft.id).delete()
    await note("volunteer", draft.id, who.person_id, draft.status, "merged", office.now(), reason)


async def _contact(person_id: UUID) -> dict[str, str | None]:
    """The number that WeChat vouched for on the new account; where there is none, the old contact stands."""
    person = await Person.get(id=person_id)
    return {"phone": person.phone, "phone_index": phone_index(person.phone)} if person.phone else {}


async def _hand_over_words(old: UUID, new: UUID) -> None:
    """Greetings and suggestions with what hangs on them: nobody else could ever take them back."""
    mine = Greeting.filter(person_id=old).order_by("id").select_for_update().only("id")
    ids = [row.id for row in await mine]
    await Upload.filter(greeting_id__in=ids).update(person_id=new)
    await MediaCheck.filter(person_id=old, subject="greeting", subject_id__in=ids).update(person_id=new)
    await ChannelConsent.filter(greeting_id__in=ids).update(person_id=new)
    await Greeting.filter(id__in=ids).update(person_id=new)


async def _close(office: Office, who: Caller, person_id: UUID, reason: str) -> None:
    """Nobody gets in by the old account any more, and what it could do for others ends with it."""
    now = office.now()
    # Under lock, as where an admin goes: of two at once one finds themselves the last.
    held = await Role.city_admins(now).order_by("id").select_for_update()
    if held and all(each.person_id == person_id for each in held):
        raise HoldsLastCityAdmin
    await Session.filter(person_id=person_id, revoked_at=None).update(revoked_at=now)
    roles = await Role.filter(person_id=person_id, taken_at=None)
    await Role.filter(id__in=[role.id for role in roles]).update(taken_at=now)
    await note_each("role", {role.id: role.name for role in roles}, who.person_id, "taken", now, reason)
    # The person last: see the order of locks in `leaving.giving_back`.
    if await close_account(office, person_id, now):
        await note("person", person_id, who.person_id, "open", "closed", now, reason)
