"""Where personal data lies: every table in one list, so that none is forgotten by a copy, an erasure or a look at time.

A test walks all tables: one that is neither in `PLACES` nor in `IMPERSONAL`, or a column that names a person and stands
in no entry, fails it. In the order in which an erasure works: what refers goes before what it refers to.
"""

from collections.abc import Mapping
from typing import Any

from tortoise import Model

from capabilities.own_data.place import Fate, Place
from models.answered import Answered
from models.attendance import Attendance
from models.campaign import Campaign
from models.claim import Claim
from models.conflict import Conflict, Device
from models.consent import Consent
from models.correction import Correction
from models.enrolment import Enrolment, Ticket
from models.event import Event, Point
from models.greeting import ChannelConsent, Greeting, GreetingText
from models.job import Job
from models.link import Link
from models.listed_word import ListedWord
from models.media_check import MediaCheck
from models.media_verdict import MediaVerdict
from models.message import Credit, Message
from models.person import Person
from models.placement import Copy, Placement, Selection, TakeDown
from models.removal import Removal
from models.role import Invitation, Role
from models.scan import Annulment, Scan
from models.session import Login, Session
from models.shift import Shift
from models.staff_pass import StaffPass
from models.suggestion_case import SuggestionCase
from models.team import Membership, Team, TeamGap, TeamInvitation
from models.transition import Transition
from models.unit import Unit
from models.upload import Upload, UploadAllowance
from models.volunteer import Volunteer

LEGAL_RECORD = "志愿服务记录须如实、完整保存（民政部令第67号 第三条、第七条），保留时间和活动，不再指向本人"
PROOF = "证明处理有据（个人信息保护法 第十四条、第六十九条），只留编号，不再指向本人"
ACCOUNT = "公务行为须可追溯，只留编号，不再指向本人"
LONG = "长期"
_NEVER_NAMED: Mapping[str, Any] = {
    "name": None, "sex": None, "birth_date": None, "birth_year": None, "id_type": None, "id_number": None,
    "id_number_index": None, "division_code": None, "phone": None, "phone_index": None, "guardian": None,
    "skills": [], "service_classes": [], "workplace": None, "title_level": None, "title_name": None,
    "discipline": None, "return_reason": None, "appeal": None, "appealed_at": None, "suspended_until": None,
    "unit_id": None,
}  # fmt: skip

PLACES: tuple[Place, ...] = (
    Place(
        Login,
        "登录记录",
        Fate.REMOVED,
        "",
        "180天（网络安全法 第二十一条）",
        owner="session__person_id",
        hidden=("session_id",),
    ),
    Place(Session, "登录会话", Fate.REMOVED, "", "失效后180天（网络安全法 第二十一条）", hidden=("token_hash",)),
    Place(Answered, "防重复提交的应答", Fate.REMOVED, "", "1天", hidden=("body",)),
    Place(MediaCheck, "图片和声音的机审", Fate.REMOVED, "", "180天", hidden=("trace_id",)),
    Place(Credit, "消息提醒授权", Fate.REMOVED, "", "1年", hidden=("spent_by_id",)),
    Place(Message, "消息", Fate.REMOVED, "", "1年", also=("event__title",), hidden=("values", "key", "slot")),
    Place(
        Upload,
        "上传的图片、录音和视频",
        Fate.REMOVED,
        "",
        "撤回后立即停止展示并删除文件，记录再留60天",
        hidden=("storage_key",),
        blanks={"sha256": ""},
        ready={"purged_at__isnull": False},
    ),
    Place(UploadAllowance, "上传用量", Fate.REMOVED, "", "每天重计"),
    Place(Device, "检票手机", Fate.REMOVED, "", "90天", also=("event__title",)),
    Place(GreetingText, "祝福与建议的历次文字", Fate.REMOVED, "", "随祝福或建议", owner="greeting__person_id"),
    Place(
        ChannelConsent,
        "展示渠道授权",
        Fate.DE_IDENTIFIED,
        PROOF,
        LONG,
        blanks={"shown_name": None},
    ),
    Place(
        SuggestionCase,
        "建议办理",
        Fate.DE_IDENTIFIED,
        "建议的内容和答复继续办理、存档，不再有提交人",
        LONG,
        owner="greeting__person_id",
        acted=("entered_by_id", "replied_by_id"),
        also=("unit__name",),
        hidden=("merged_into_id", "handle_by"),
        blanks={"rating_words": None, "reopen_reason": None},
    ),
    Place(
        Greeting,
        "祝福与建议",
        Fate.DE_IDENTIFIED,
        "祝福的文字和署名已删除；建议的内容继续办理，不再有提交人",
        "已通过的按授权期限；未通过、已撤回的60天",
        acted=("decided_by_id", "held_by_id", "appealed_from_id"),
        hidden=("likeness", "trace_id", "rank", "held_until", "machine_label", "machine_suggest"),
        blanks={"byline_name": None, "likeness": None, "trace_id": None, "appeal_words": None, "reason_note": None},
    ),
    Place(Correction, "更正申请", Fate.REMOVED, "", "在册期间", owner="volunteer__person_id", acted=("decided_by_id",)),
    Place(
        Claim,
        "证件号码认领",
        Fate.REMOVED,
        "",
        "在册期间",
        acted=("decided_by_id",),
        hidden=("id_number_index", "volunteer_id"),
    ),
    Place(
        Volunteer,
        "志愿者登记",
        Fate.DE_IDENTIFIED,
        "八项基本信息已删除；有服务经历的保留志愿者编号，供核对已开具的证明",
        "在册期间；从未提交的草稿180天",
        also=("unit__name",),
        blanks=_NEVER_NAMED,
    ),
    Place(
        Person,
        "账号",
        Fate.DE_IDENTIFIED,
        "微信标识和手机号已删除，留下的编号只用于让须保存的记录有处可指",
        "注销前",
        owner="id",
        blanks={"phone": None, "phone_index": None, "phone_verified_at": None},
    ),
    Place(
        Enrolment,
        "报名",
        Fate.DE_IDENTIFIED,
        LEGAL_RECORD,
        "未参加的1年，参加的长期",
        also=("event__title", "shift__role", "shift__starts_at", "shift__ends_at"),
    ),
    Place(Ticket, "签到凭证", Fate.DE_IDENTIFIED, LEGAL_RECORD, "随报名", owner="enrolment__person_id"),
    Place(
        Attendance,
        "签到记录",
        Fate.KEPT,
        LEGAL_RECORD,
        LONG,
        owner="enrolment__person_id",
        also=("event__title",),
    ),
    Place(
        Conflict,
        "签到异常",
        Fate.KEPT,
        LEGAL_RECORD,
        "随报名",
        owner="enrolment__person_id",
        acted=("decided_by_id",),
    ),
    Place(
        Scan,
        "扫码流水",
        Fate.KEPT,
        LEGAL_RECORD,
        "长期；设备信息90天；位置只记“场内/场外”，从不保存坐标",
        owner="",
        by_enrolment=True,
        acted=("scanned_by_id",),
        hidden=("nonce", "code_digest", "facts"),
    ),
    Place(
        Annulment,
        "扫码作废",
        Fate.KEPT,
        LEGAL_RECORD,
        LONG,
        owner="",
        by_enrolment=True,
        acted=("annulled_by_id",),
    ),
    Place(
        Membership,
        "入队",
        Fate.DE_IDENTIFIED,
        "队伍的经历保留时间，不再指向本人",
        LONG,
        also=("team__name",),
        hidden=("slot",),
    ),
    Place(Consent, "同意", Fate.KEPT, PROOF, LONG),
    Place(
        Role,
        "角色",
        Fate.KEPT,
        ACCOUNT,
        LONG,
        acted=("given_by_id",),
        also=("unit__name", "event__title"),
    ),
    Place(
        Selection,
        "选用",
        Fate.KEPT,
        ACCOUNT,
        LONG,
        owner="greeting__person_id",
        acted=("selected_by_id",),
    ),
    Place(
        Copy,
        "刊播",
        Fate.KEPT,
        "须据此通知撤下",
        LONG,
        owner="greeting__person_id",
        also=("placement__outlet", "placement__title", "placement__published_on"),
    ),
    Place(
        TakeDown,
        "撤下",
        Fate.KEPT,
        "须据此完成撤下并留痕",
        LONG,
        owner="copy__greeting__person_id",
        acted=("settled_by_id",),
    ),
    Place(Placement, "刊播登记", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("placed_by_id",)),
    Place(
        Invitation,
        "角色邀请",
        Fate.KEPT,
        ACCOUNT,
        LONG,
        owner="",
        acted=("made_by_id", "used_by_id"),
    ),
    Place(StaffPass, "检票手机通行", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("made_by_id",)),
    Place(TeamInvitation, "入队邀请", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("made_by_id",)),
    Place(Team, "队伍", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("leader_id", "created_by_id")),
    Place(TeamGap, "无队伍说明", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("stated_by_id",)),
    Place(ListedWord, "词库", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("added_by_id",)),
    Place(Event, "活动", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("created_by_id",)),
    Place(Transition, "办理流水", Fate.KEPT, ACCOUNT, LONG, owner="", acted=("actor_id",)),
)

# Nothing in these leads to a person; the reason stands beside each.
IMPERSONAL: Mapping[type[Model], str] = {
    Unit: "单位",
    Campaign: "年度活动",
    Shift: "班次，只有人数",
    Point: "签到点",
    Link: "短链接，只指向活动、签到点、队伍和页面",
    Job: "后台任务，只有编号，完成后14天删除",
    MediaVerdict: "机审结果，只有微信的流水号，7天删除",
    Removal: "清理证明，只有数量和日期",
}
BY_MODEL: Mapping[type[Model], Place] = {place.model: place for place in PLACES}
