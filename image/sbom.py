"""Print the image's bill of materials: CycloneDX, of what pip, dpkg and Python have on record.

Run while the image is built: `python sbom.py SECONDS SITE_PACKAGES...`. It holds no time but the
one given (Unix time, seconds) and nothing random: the same packages give the same bytes.
"""

import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

PRODUCT = "recycler"


def main(seconds: str, *folders: str) -> None:
    """Write it to standard output."""
    components = [*of_python(folders), *of_debian()]
    bom = Bom(components=[found for found in components if found.name != PRODUCT])
    bom.metadata.component = next(found for found in components if found.name == PRODUCT)
    # What needs what else is not on record for all: the product needs each.
    bom.register_dependency(bom.metadata.component, bom.components)
    bom.metadata.timestamp = datetime.fromtimestamp(int(seconds), UTC)
    bom.serial_number = uuid5(NAMESPACE_URL, seconds + "".join(str(c.purl) for c in components))
    sys.stdout.write(JsonV1Dot6(bom).output_as_string(indent=2) + "\n")


def of_python(folders: tuple[str, ...]) -> Iterator[Component]:
    """The interpreter, and what is installed in folders of packages."""
    yield component(PackageURL("generic", None, "python", platform.python_version()))
    for found in distributions(path=list(folders)):
        name = found.metadata["Name"].lower().replace("_", "-")
        yield component(PackageURL("pypi", None, name, found.version), licence=licence_of(found))


def of_debian() -> Iterator[Component]:
    """What dpkg has installed here; the image that is built has the same base."""
    release = platform.freedesktop_os_release()
    distro = f"{release['ID']}-{release['VERSION_ID']}"
    line = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
    query = ["dpkg-query", "--show", f"--showformat={line}"]
    listed = subprocess.check_output(query, text=True)  # noqa: S603  (nothing of it comes from outside)
    for status, name, number, architecture in map(str.split, listed.splitlines()):
        if status == "installed":
            also = {"arch": architecture, "distro": distro}
            yield component(PackageURL("deb", release["ID"], name, number, also))


def component(purl: PackageURL, licence: LicenseExpression | None = None) -> Component:
    """A package, known by its URL."""
    return Component(
        name=purl.name,
        version=purl.version,
        type=ComponentType.APPLICATION if purl.name == PRODUCT else ComponentType.LIBRARY,
        purl=purl,
        bom_ref=str(purl),
        licenses=[licence] if licence else None,
    )


def licence_of(found: Distribution) -> LicenseExpression | None:
    """The SPDX expression that a package declares; many declare none."""
    declared = found.metadata.get("License-Expression")
    return LicenseExpression(declared) if declared else None


if __name__ == "__main__":
    main(*sys.argv[1:])
