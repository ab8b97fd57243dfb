# SPDX-License-Identifier: Apache-2.0
"""The image: the bytes that are streamed into a core; docs/image.md describes it byte by byte."""
