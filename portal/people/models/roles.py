"""The roles of accounts, and the parts a deputy can stand in for."""

from portal.db.labelled import Labelled


class Role(Labelled):
    """What an account may do everywhere; chair, lecturer and the like are roles in one meeting or course."""

    secretary = "secretary", "会议秘书"
    officer = "officer", "首席服务官"
    leader = "leader", "市级领导"
    supervisor = "supervisor", "督查员"
    archivist = "archivist", "档案员"
    auditor = "auditor", "审计员"
    administrator = "administrator", "系统管理员"


# Granting one of these needs a second administrator as soon as two exist.
GUARDED_ROLES = frozenset({Role.secretary, Role.leader, Role.auditor})


class Part(Labelled):
    """What a deputy stands in for: an office, or a part in one meeting or task."""

    tasks = "tasks", "承办和配合交办事项"
    chair = "chair", "主持会议、审定议程"
    record = "record", "会议记录、登记签到"
    review = "review", "审核会议纪要"
    sign = "sign", "签发和签字"
    secretary = "secretary", "会议秘书的工作"
    supervisor = "supervisor", "督查员的工作"
    leader = "leader", "市级领导的工作"
    archivist = "archivist", "档案员的工作"


OFFICES = {
    Part.secretary: Role.secretary,
    Part.supervisor: Role.supervisor,
    Part.leader: Role.leader,
    Part.archivist: Role.archivist,
}
# A signature, and an office that needs two administrators to be granted, only the person can put into other hands.
OWN_TO_GIVE = frozenset({Part.sign, *(part for part, role in OFFICES.items() if role in GUARDED_ROLES)})
