# SPDX-License-Identifier: Apache-2.0
"""The documents as a site (``make docs``): what MkDocs needs besides ``mkdocs.yml``."""
