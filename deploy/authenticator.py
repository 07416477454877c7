#!/usr/bin/env python3
"""authenticator.py FILE: the six digits of now, of the operator whom `shikaku operator` wrote of in FILE.

What an authenticator on a telephone does, for trying. An operator's secret belongs on a telephone and in no file.
"""
import base64
import hashlib
import hmac
import json
import struct
import sys
import time
import urllib.parse

with open(sys.argv[1], encoding="utf-8") as file:
    uri = urllib.parse.urlparse(json.load(file)["otpauth"])
secret = base64.b32decode(urllib.parse.parse_qs(uri.query)["secret"][0])
digest = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
at = digest[-1] & 15
print(f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06d}")
