"""The words of the page: columns and codes as people call them, and what is read first."""

from collections.abc import Mapping

from models.code_list import codes

# What a person looks for, and what only technicians read; whatever stands in neither comes between.
FIRST = (
    "volunteer", "person", "consent", "enrolment", "attendance", "greeting", "suggestion_case", "channel_consent",
    "upload", "membership", "role", "claim", "correction", "message",
)  # fmt: skip
LAST = (
    "selection", "greeting_copy", "take_down", "greeting_text", "conflict", "ticket", "scan", "annulment", "credit",
    "upload_allowance", "media_check", "device", "login", "session", "answered", "transition",
)  # fmt: skip
# Within a row: who and what it is, before how it stands.
LEADING = (
    "name", "phone", "volunteer_no", "event__title", "shift__role", "shift__starts_at", "shift__ends_at", "scope",
    "team__name", "title", "text", "words",
)  # fmt: skip
LABELS: Mapping[str, str] = {
    "annulled_at": "作废时间", "answered_at": "答复时间", "appeal": "申诉", "appeal_words": "申诉",
    "appealed_at": "申诉时间", "applied_at": "申请时间", "at": "时间", "birth_date": "出生日期",
    "byline": "署名方式", "byline_name": "署名", "bytes": "字节数", "changed_at": "修改时间", "channel": "渠道",
    "checked_in_at": "签到时间", "checked_out_at": "签退时间", "clock_error_s": "手机时钟快（秒）",
    "closed_at": "注销时间", "code": "设备编号", "decided_at": "决定时间", "delivery": "提醒",
    "device": "设备编号", "direction": "方向", "discipline": "学科", "division_code": "居住区域", "due_on": "限期",
    "ended_at": "结束时间", "enrolled_at": "报名时间", "event__title": "活动", "expires_at": "到期时间",
    "found_at": "发现时间", "gate": "门", "given_at": "给出时间", "guardian": "监护人（已脱敏）",
    "happened_at": "发生时间", "has_sound": "有声音", "heard_at": "最近联系", "height": "高（像素）",
    "how": "处理结果", "id_number": "证件号码", "id_type": "证件类型", "is_accepted": "允许",
    "is_over_14": "年满14周岁", "joined_at": "加入时间", "kind": "种类", "made_at": "生成时间", "name": "姓名",
    "offer_expires_at": "候补保留到", "opened_at": "登录时间", "openid": "微信标识", "ordered_at": "提出时间",
    "phone": "电话", "phone_verified_at": "微信核验时间", "place": "场内外", "placement__outlet": "媒体",
    "placement__published_on": "刊播日期", "placement__title": "刊播标题", "policy_version": "规则版本",
    "purged_at": "文件删除时间", "queue_no": "报名序号", "read_at": "已读时间", "reason": "理由",
    "reason_code": "理由", "reason_note": "说明", "received_at": "收到时间", "reminder": "提醒种类",
    "removed_at": "移除时间", "restricted_at": "停止处理时间", "return_reason": "退回理由",
    "revoked_at": "作废时间", "role": "角色", "scanned_at": "扫码时间", "scope": "范围", "seconds": "时长（秒）",
    "selected_at": "选用时间", "service_classes": "服务类别", "settled_at": "了结时间", "sex": "性别",
    "shift__ends_at": "班次结束", "shift__role": "班次", "shift__starts_at": "班次开始", "show_name": "署名",
    "shown_name": "展示的姓名", "skills": "专业技能", "spent_at": "使用时间", "state": "状态", "status": "状态",
    "submitted_at": "提交时间", "suggest": "机审建议", "suspended_until": "暂停到", "taken_at": "收回时间",
    "team__name": "队伍", "text": "内容", "text_version": "授权文本版本", "title": "标题",
    "title_level": "职称级别", "title_name": "职称", "topic": "主题", "unit__name": "单位", "until": "有效期至",
    "verdict": "判定", "volunteer_no": "志愿者编号", "way": "方式", "width": "宽（像素）",
    "withdrawn_at": "撤回时间", "words": "内容", "workplace": "工作单位", "written_at": "写于",
    "asked_at": "提出时间", "decision_reason": "决定理由", "source": "来源", "occasion": "场合",
    "heard_on": "听取日期", "is_anonymous_to_handler": "对承办单位匿名", "accept_by": "受理期限",
    "accepted_at": "受理时间", "pointer": "指引", "reply_by": "答复期限", "extension_reason": "延期理由",
    "result": "办理结果", "reply": "答复", "first_reply": "首次答复", "replied_at": "答复时间", "rating": "评价",
    "rating_words": "评价意见", "is_reopened": "重新办理", "reopen_reason": "重新办理的理由", "before": "原状态",
    "after": "新状态", "subject": "事项", "day": "日期", "files": "文件数", "label": "名称",
    "attempt": "第几次申请", "statement": "申请说明",
}  # fmt: skip
LABELS_OF: Mapping[tuple[str, str], str] = {
    ("role", "name"): "角色",
    ("answered", "status"): "应答码",
    ("consent", "scope"): "同意的事项",
    ("claim", "made_at"): "提出时间",
    ("person", "phone"): "微信核验的电话",
}
# Keys and marks: in the copy for programs, and nothing that a person reads.
QUIET = frozenset(
    {
        "id", "birth_year", "campaign_id", "check_in_scan_id", "check_out_scan_id", "claimed_at", "consent_id",
        "content_type", "copy_id", "door_version", "enrolment_id", "event_id", "failed_code", "fault", "frames",
        "greeting_id", "held_bytes", "is_admitted", "is_late", "page", "piece", "placement_id", "point_id",
        "roster_loaded_at", "roster_size", "scan_id", "seen", "send_after", "send_until", "sha256", "shift_id",
        "subject_id", "team_id", "test_code_at", "unit_id", "upload_id", "version", "volunteer_id", "waiting_scans",
        "actor_id",
    }
)  # fmt: skip
_STATES = {
    "draft": "草稿", "submitted": "待审核", "approved": "已通过", "returned": "退回补正", "rejected": "未通过",
    "suspended": "暂停", "withdrawn": "已撤回或退出", "erased": "已注销", "confirmed": "已确认",
    "waitlisted": "候补", "offered": "候补可确认", "cancelled": "已取消", "lapsed": "候补过期",
    "cancelled_by_organizer": "主办方取消", "pending_review": "待审核", "accepted": "已通过", "selected": "已入选",
    "published": "已推送", "applied": "申请中", "invited": "受邀", "active": "在队", "declined": "已谢绝",
    "left": "已退队", "removed": "已移出", "transferred": "已转队", "ended": "已结束", "stored": "已上传",
    "attached": "使用中", "arriving": "上传中", "to_do": "待办", "done": "已完成", "impossible": "无法撤下",
    "given": "已同意", "replaced": "已改", "run_out": "到期", "received": "已收到", "open": "待处理",
    "inbox_only": "仅站内", "waiting": "等待发送", "sending": "发送中", "sent": "已发送", "refused": "未送达",
    "unknown": "不明", "expired": "已过期", "answered": "已答复", "unanswered": "未答复", "to_ask": "待送检",
    "asked": "已送检", "in_flight": "处理中", "not_accepted": "不予受理",
    "routed": "已转办", "in_progress": "办理中", "merged": "已合并", "replied": "已答复", "rated": "已评价",
    "closed": "已办结", "taken": "已收回",
}  # fmt: skip
_KINDS = {
    "policy": "个人信息处理规则", "id_number": "证件号码", "location": "位置", "greeting": "祝福",
    "suggestion": "建议", "real_name": "实名", "nickname": "昵称", "anonymous": "匿名", "in": "签到",
    "out": "签退", "inside": "场内", "outside": "场外", "venue_code": "扫签到码", "personal_code": "出示个人码",
    "six_digits": "六位数字", "manual": "人工", "image": "图片", "voice": "录音", "video": "视频",
    "city_admin": "市级管理员", "unit_organizer": "单位组织者", "moderator": "审核员",
    "event_staff": "活动工作人员", "auditor": "审计", "CheckedIn": "已签到", "CheckedOut": "已签退",
    "export": "获取副本", "delete": "注销", "pass": "通过", "review": "待人工", "risky": "有风险", "event": "活动",
    "reply": "答复", "result": "结果", "hours": "服务时长", "volunteer": "志愿者登记", "enrolment": "报名",
    "membership": "入队", "channel_consent": "渠道授权", "upload": "上传", "take_down": "撤下",
    "selection": "选用", "privacy_request": "个人信息权利请求", "message": "消息", "claim": "证件号码认领",
    "correction": "更正申请", "person": "账号", "role": "角色", "membership_role": "队内职务",
    "suggestion_case": "建议办理", "conflict": "签到异常", "place": "候补名额", "event_changed": "活动变动",
    "event_cancelled": "活动取消", "place_offered": "候补名额待确认", "registration_returned": "登记退回补正",
    "registration_rejected": "登记未通过", "registration_approved": "登记通过",
    "suspension_lifted": "恢复", "reply_arrived": "建议有答复", "hours_confirmed": "服务时长已确认",
    "claim_decided": "认领结果", "claim_on_you": "有关您登记的认领", "correction_decided": "更正结果",
    "greeting_decided": "祝福或建议的审核结果", "appeal_decided": "申诉结果", "membership_decided": "入队结果",
    "suggestion_routed": "建议已转办", "online": "线上提交", "seminar": "座谈会", "visit": "走访", "adopted": "采纳",
    "partly_adopted": "部分采纳", "explained": "解释说明", "kept_for_reference": "留作参考",
    "two_devices": "两台手机同时放行", "clock_off": "手机时钟不准", "seen_differs": "现场与系统判定不同",
    "consent_withdrawn": "撤回授权", "consent_run_out": "授权到期", "name_changed": "署名改变",
    "acceptance_taken_back": "审核撤回", "greeting_withdrawn": "祝福撤回", "person_left": "本人注销",
}  # fmt: skip
_LISTED = ("channel", "service_class", "team_role", "greeting_topic", "suggestion_topic")
WORDS: Mapping[str, str] = {
    **{code: name for each in _LISTED for code, name in codes(each).items()},
    **_STATES,
    **_KINDS,
}
# One code, several meanings: which, is said by where it stands. The log takes them by its rows' subjects.
WORDS_OF: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("claim", "status"): {
        "open": "待核实", "transferred": "已转入您的账号", "separated": "已了结，可直接登记", "refused": "未通过",
        "withdrawn": "已撤销",
    },
    ("correction", "status"): {"open": "待审核", "refused": "未通过"},
    ("media_check", "state"): {"answered": "已有结果", "unanswered": "无结果"},
    ("role", "name"): {
        code: _KINDS[code] for code in ("city_admin", "unit_organizer", "moderator", "event_staff", "auditor")
    },
    ("suggestion_case", "status"): {"submitted": "待受理", "accepted": "已受理"},
    ("suggestion_case", "source"): {"phone": "电话"},
    ("upload", "status"): {"removed": "已删除"},
}  # fmt: skip
# Codes of digits mean something in their own column only.
CODED: Mapping[str, str] = {
    "sex": "sex",
    "id_type": "id_type",
    "division_code": "division",
    "title_level": "title_level",
    "discipline": "discipline",
}
# What people wrote themselves is never taken for a code.
TYPED = frozenset(
    {
        "text", "words", "title", "name", "byline_name", "shown_name", "appeal", "appeal_words", "return_reason",
        "reason_note", "workplace", "title_name", "reply", "first_reply", "rating_words", "reopen_reason",
        "pointer", "occasion", "volunteer_no", "phone", "id_number", "label", "how", "statement",
    }
)  # fmt: skip
