"""What customers type as numbers, addresses and names."""

import pytest

from actions.details import (
    find_email,
    find_name,
    find_order_number,
    find_phone,
    find_reach,
    find_ticket_number,
    introduced_name,
)


@pytest.mark.parametrize(
    "text",
    [
        "HL2026110101",
        "hl2026110101",
        "HL 2026110101",
        "hl-2026-1101-01",
        "订单HL2026110101呢",
        "ＨＬ２０２６１１０１０１",
        "order #HL2026110101, please",
        "2026110101",
        "HL：2026110101",
    ],
)
def test_order_number_is_found_however_it_is_typed(text: str) -> None:
    assert find_order_number(text) == "HL2026110101"


@pytest.mark.parametrize(
    "text",
    ["", "HL", "HL202611010", "HL20261101011", "13800138000", "XHL2026110101", "it was 20 euros", "+862026110101"],
)
def test_no_order_number_is_made_up(text: str) -> None:
    assert find_order_number(text) == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("(+86)13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("手机号13800138000。", "13800138000"),
        ("HL2026110101, 13800138000", "13800138000"),
        ("HL2026110101 13800138000", "13800138000"),
        ("021-5555 6666", "02155556666"),
        ("+86 21 5555 6666", "02155556666"),
        ("+44 20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
    ],
)
def test_phone_numbers_have_one_normal_form(text: str, number: str) -> None:
    assert find_phone(text) == number


@pytest.mark.parametrize(
    "text", ["", "1380013800", "138001380001", "HL2026110101", "a13800138000@example.com", "12345", "at 9:00-18:00"]
)
def test_no_phone_number_is_made_up(text: str) -> None:
    assert find_phone(text) == ""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Anna.Lee+shop@Example.COM", "anna.lee+shop@example.com"),
        ("no, my e-mail is b@x.org.", "b@x.org"),
        ("邮箱是wei＠example.com。", "wei@example.com"),
        ("wei@example。com", "wei@example.com"),
        ("anna@example", ""),
        ("@example.com", ""),
        ("anna at example.com", ""),
    ],
)
def test_email(text: str, address: str) -> None:
    assert find_email(text) == address


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anna Lee", "Anna Lee"),
        ("my name is Anna Lee", "Anna Lee"),
        ("I'm Tom", "Tom"),
        ("it’s Jean-Luc Picard speaking", "Jean-Luc Picard"),
        ("O'Brien", "O'Brien"),
        ("Anna Lee, 13800138000", "Anna Lee"),
        ("name: Li Wei, e-mail li@example.com", "Li Wei"),
        ("张伟", "张伟"),
        ("我叫张伟", "张伟"),
        ("我是张伟，电话13800138000", "张伟"),
        ("我姓陈", "陈"),
        ("叫我小周就行", "小周"),
        ("姓名：赵敏 邮箱：z@example.com", "赵敏"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("张伟 13912345678", "张伟"),
    ],
)
def test_names_are_found(text: str, name: str) -> None:
    assert find_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "I am waiting",
        "what for?",
        "why do you need this",
        "13800138000",
        "X",
        "是的",
        "不",
        "好的",
        "不知道",
        "给我打电话",
        "为什么要填",
        "a@b.org",
        "",
    ],
)
def test_no_name_is_made_up(text: str) -> None:
    assert find_name(text) == ""


def test_only_an_introduction_counts_when_no_name_was_asked_for() -> None:
    assert introduced_name("my name is Anna") == "Anna"
    assert introduced_name("我叫张伟") == "张伟"
    assert introduced_name("I'm Anna") == ""
    assert introduced_name("Anna") == ""


def test_reach_and_ticket() -> None:
    reach = find_reach("13800138000 or anna@example.com")
    assert (reach.phone, reach.email) == ("13800138000", "anna@example.com")
    assert not find_reach("call me")
    assert find_ticket_number("what about fd-7k2m9q?") == "FD-7K2M9Q"
    assert find_ticket_number("FD-7K2M9QX3") == "FD-7K2M9QX3"
    assert find_ticket_number("FD-7K2M9QX3Z") == ""
