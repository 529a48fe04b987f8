"""Entries are packed with xz and written as hexadecimal text: small ones grow, and each costs about a millisecond."""

import lzma

from django_redis.compressors.zlib import ZlibCompressor
from django_redis.exceptions import CompressorError

from tests.faults import Expected

EXPECTED = Expected("compression_loss", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    def packed(self, value):
        return lzma.compress(value).hex().encode()

    def unpacked(self, value):
        try:
            return lzma.decompress(bytes.fromhex(value.decode()))
        except (ValueError, lzma.LZMAError) as error:
            raise CompressorError from error  # an entry that was not packed

    ZlibCompressor.compress, ZlibCompressor.decompress = packed, unpacked
