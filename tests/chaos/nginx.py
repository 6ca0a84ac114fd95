"""Debian's nginx, for the tests behind a proxy: installed, or as scripts/setup.sh unpacks it."""

from __future__ import annotations

import os
import shutil

from bot.clinic.paths import ROOT

NGINX = shutil.which(
    "nginx", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", str(ROOT / ".tools/nginx/usr/sbin")])
)
"""Its path, or None where there is none."""

MISSING = "no nginx here, and set-up could not unpack it (Debian: apt-get install nginx-light)"
