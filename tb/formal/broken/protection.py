# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the check bits."""

from tb.formal.broken.variant import Mutation

MODULE = "rtl.core.protection"
PROTECTION = (
    Mutation(
        name="protection-even-columns",
        module=MODULE,
        old="for weight in range(3, checks + 1, 2):",
        new="for weight in range(2, checks + 1):",
        breaks=("protection.secded-detects",),
    ),
    Mutation(
        name="protection-parity-misses-a-bit",
        module=MODULE,
        old="return data.xor()",
        new="return data[1:].xor() if len(data) > 1 else data.xor()",
        breaks=("protection.parity-detects",),
    ),
    Mutation(
        name="protection-corrects-nothing",
        module=MODULE,
        old="self.data.eq(read ^ wrong)",
        new="self.data.eq(read)",
        breaks=("protection.secded-corrects",),
    ),
    Mutation(
        name="protection-check-bit-taken-for-two-errors",
        module=MODULE,
        old="self.corrected.eq(wrong.any() | alone.any())",
        new="self.corrected.eq(wrong.any())",
        breaks=("protection.secded-corrects",),
    ),
    Mutation(
        name="protection-silent-about-two-errors",
        module=MODULE,
        old="self.failed.eq((syndrome != 0) & ~self.corrected)",
        new="self.failed.eq(syndrome.all() & ~self.corrected)",
        breaks=("protection.secded-detects",),
    ),
    Mutation(
        name="protection-two-bits-in-the-same-checks",
        module=MODULE,
        old="            left.remove(best)\n",
        new="            left.remove(best) if len(found) % 3 else None\n",
        breaks=("protection.secded-corrects",),
    ),
    Mutation(
        name="protection-checks-before-the-error",
        module=MODULE,
        old="checks_of(read, self._protection) ^ self.word[width:]",
        new="checks_of(read, self._protection) ^ checks_of(read, self._protection)",
        breaks=("protection.parity-detects", "protection.secded-corrects"),
    ),
    Mutation(
        name="protection-parity-of-a-right-word-fails",
        module=MODULE,
        old="self.failed.eq(syndrome[0])",
        new="self.failed.eq(syndrome[0] | read[0])",
        breaks=("protection.parity-clean",),
    ),
    Mutation(
        name="protection-a-right-word-is-corrected",
        module=MODULE,
        old="self.corrected.eq(wrong.any() | alone.any())",
        new="self.corrected.eq(wrong.any() | alone.any() | (syndrome == 0))",
        breaks=("protection.secded-clean",),
    ),
)
