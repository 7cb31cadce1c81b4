"""How Chinese names are spelt, so that they are found by 张三, zhangsan or zs."""

from itertools import islice, product

# Read otherwise as a surname than pypinyin reads the character first.
SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren", "朴": "piao", "区": "ou",
    "盖": "ge", "翟": "zhai", "尉": "wei", "种": "chong", "繁": "po", "秘": "bi", "冼": "xian", "洗": "xian",
    "折": "she", "黑": "he", "乐": "yue", "员": "yun", "召": "shao", "缪": "miao", "燕": "yan", "华": "hua",
    "覃": "qin", "那": "na", "重": "chong", "句": "gou", "隗": "wei", "纪": "ji", "葛": "ge", "石": "shi",
    "宿": "su", "牟": "mu", "卜": "bu", "晁": "chao", "过": "guo", "哈": "ha", "逄": "pang", "佴": "nai",
    "万": "wan", "贾": "jia", "尹": "yin", "宁": "ning", "柏": "bai", "薄": "bo", "车": "che", "谌": "chen",
}  # fmt: skip
DOUBLE_SURNAMES = {
    "尉迟": ("yu", "chi"), "长孙": ("zhang", "sun"), "万俟": ("mo", "qi"), "单于": ("chan", "yu"),
    "澹台": ("tan", "tai"), "令狐": ("ling", "hu"), "宰父": ("zai", "fu"), "皇甫": ("huang", "fu"),
}  # fmt: skip
MOST_READINGS = 8


def spell(name: str) -> tuple[str, str]:
    """All likely spellings of a name and their initials, each parted by blanks, the likeliest first."""
    readings = list(islice(product(*_syllables(name)), MOST_READINGS))
    full = ["".join(reading) for reading in readings]
    initials = ["".join(syllable[:1] for syllable in reading) for reading in readings]
    return " ".join(dict.fromkeys(full)), " ".join(dict.fromkeys(initials))


def _syllables(name: str) -> list[list[str]]:
    from pypinyin import Style, pinyin

    found = pinyin(name.replace(" ", "").lower(), style=Style.NORMAL, heteronym=True, v_to_u=False)
    syllables = [[reading.replace("ü", "v") for reading in one] for one in found]
    surname = DOUBLE_SURNAMES.get(name[:2]) or ((SURNAMES[name[0]],) if name[:1] in SURNAMES else ())
    for place, reading in enumerate(surname):
        syllables[place] = [reading, *(other for other in syllables[place] if other != reading)]
    return syllables
