"""Signatures and encryption of WeChat and WeCom, held to two implementations that are not ours: wechatpy and
@wecom/crypto.
"""

import base64
import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from connectors import wechat_crypto
from connectors.errors import Forged, Malformed
from connectors.wechat_crypto import AesKey, MessageCipher, check_signature, signature
from tests.conftest import absent

MODULES = Path(__file__).parents[3] / "var" / "npm" / "node_modules"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TOKEN = "QDG6eK"
RECEIVER = "wx49f0ab532d5d035a"
EDGES = [0, 1, 11, 12, 13, 15, 16, 17, 31, 32, 33, 10_240]
TEXTS = ["a" * length for length in EDGES] + [
    "你好，想问一下配送 😀👨‍👩‍👧‍👦",
    "字" * 3414,
    "<xml><![CDATA[a]]></xml>",
    "\n\t \x00",
]

PROGRAM = """
const { encrypt, decrypt, getSignature } = require('@wecom/crypto');
const lines = require('fs').readFileSync(0, 'utf8');
const { key, receiver, texts, encrypted, parts } = JSON.parse(lines);
console.log(JSON.stringify({
  made: texts.map(text => encrypt(key, text, receiver)),
  read: encrypted.map(each => decrypt(key, each)).map(({ message, id }) => ({ message, id })),
  signature: getSignature(...parts),
}));
"""


@pytest.fixture
def cipher() -> MessageCipher:
    return MessageCipher(SecretStr(KEY), RECEIVER)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: str(len(text)))
def test_wechatpy_and_we_read_each_other(cipher: MessageCipher, text: str) -> None:
    wechatpy = PrpCrypto(WeChatCrypto(TOKEN, KEY, RECEIVER).key)
    assert cipher.decrypt(wechatpy.encrypt(text, RECEIVER).decode()) == text.encode()
    assert wechatpy.decrypt(cipher.encrypt(text.encode()), RECEIVER) == text


def test_wecom_crypto_of_npm_and_we_read_each_other(cipher: MessageCipher) -> None:
    node = shutil.which("node")
    if node is None or not (MODULES / "@wecom" / "crypto").exists():
        absent("node with @wecom/crypto")
    given_to_it = {
        "key": KEY,
        "receiver": RECEIVER,
        "texts": TEXTS,
        "encrypted": [cipher.encrypt(text.encode()) for text in TEXTS],
        "parts": [TOKEN, "1409735669", "1320562132", "密文ABC"],
    }
    ran = subprocess.run(
        [str(node), "-e", PROGRAM],
        input=json.dumps(given_to_it), capture_output=True, check=True, text=True, cwd=MODULES.parent, timeout=60,
    )  # fmt: skip
    said = json.loads(ran.stdout)
    assert said["read"] == [{"message": text, "id": RECEIVER} for text in TEXTS]
    assert [cipher.decrypt(each).decode() for each in said["made"]] == TEXTS
    assert said["signature"] == signature(*given_to_it["parts"])


def test_a_whole_answer_is_read_by_wechatpy(cipher: MessageCipher) -> None:
    encrypted = cipher.encrypt("<xml><Content>好</Content></xml>".encode())
    answer = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    signed = signature(TOKEN, "1409735669", "1320562132", encrypted)
    read = WeChatCrypto(TOKEN, KEY, RECEIVER).decrypt_message(answer, signed, "1409735669", "1320562132")
    assert read == "<xml><Content>好</Content></xml>"


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_signatures_are_those_of_wechatpy(token: str, timestamp: str, nonce: str) -> None:
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce)
    check_signature(signer.signature, token, timestamp, nonce)


@pytest.mark.parametrize("given_one", ["", "0" * 40, "é", "\udc80", "x" * 100_000])
def test_another_signature_is_forged(given_one: str) -> None:
    with pytest.raises(Forged):
        check_signature(given_one, TOKEN, "1", "2")


def test_a_message_for_another_account_is_forged(cipher: MessageCipher) -> None:
    others = MessageCipher(SecretStr(KEY), "wx0000000000000000")
    with pytest.raises(Forged):
        cipher.decrypt(others.encrypt(b"hello"))


@pytest.mark.parametrize("encrypted", ["", "A", "AAAA", "é", "=", "Zm9v Zm9v", "A" * 43, "A" * 64, "A" * 10_000])
def test_what_is_no_message_is_malformed(cipher: MessageCipher, encrypted: str) -> None:
    with pytest.raises(Malformed):
        cipher.decrypt(encrypted)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    with pytest.raises((Malformed, Forged)):
        MessageCipher(SecretStr(KEY), RECEIVER).decrypt(base64.b64encode(data).decode())


def test_a_length_that_is_not_there_is_malformed(cipher: MessageCipher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a message whose length says more than there is, encrypted and padded as it should be."""

    class Lies(struct.Struct):
        def pack(self, *_: object) -> bytes:
            return b"\xff\xff\xff\xff"

    with monkeypatch.context() as patch:
        patch.setattr(wechat_crypto, "_LENGTH", Lies(">I"))
        encrypted = cipher.encrypt(b"hello")
    with pytest.raises(Malformed, match="longer"):
        cipher.decrypt(encrypted)


def test_every_message_looks_different(cipher: MessageCipher) -> None:
    assert cipher.encrypt(b"hello") != cipher.encrypt(b"hello")


@pytest.mark.parametrize("key", ["short", KEY + "=", KEY[:-1], KEY[:-1] + "!"])
def test_a_key_of_another_shape_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AesKey).validate_python(key)


def test_an_empty_key_means_plain_mode() -> None:
    assert TypeAdapter(AesKey).validate_python("").get_secret_value() == ""
