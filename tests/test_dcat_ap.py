"""The catalogue conforms to DCAT-AP 3, and says all that it recommends.

It runs where the environment variable KZLD_DCAT_AP names a folder with the files shapes.ttl,
shapes_recommended.ttl and range.ttl of https://github.com/SEMICeu/DCAT-AP, from the folder
releases/3.0.1/html/shacl; no registry of packages has them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyshacl
import pytest
import rdflib

from kzld.dataset.load import load
from kzld.publish.release import write_release
from kzld.rdf.turtle import write

FOLDER = os.environ.get("KZLD_DCAT_AP", "")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(not FOLDER, reason="KZLD_DCAT_AP is the folder of the shapes of DCAT-AP"),
]


@pytest.fixture(scope="module", params=["catalogue", "release"])
def catalogue(request, tmp_path_factory: pytest.TempPathFactory) -> rdflib.Graph:
    dataset = load()
    if request.param == "release":
        folder = tmp_path_factory.mktemp("dcat") / "release"
        write_release(dataset, folder)
        return rdflib.Graph().parse(folder / "catalog.ttl")
    return rdflib.Graph().parse(data=write(quad.triple for quad in dataset.quads("catalog")))


@pytest.mark.parametrize("shapes", ["shapes", "shapes_recommended", "range"])
def test_the_catalogue_conforms(catalogue: rdflib.Graph, shapes: str) -> None:
    rules = rdflib.Graph().parse(Path(FOLDER) / f"{shapes}.ttl")
    conforms, _, text = pyshacl.validate(catalogue, shacl_graph=rules)
    assert conforms, text


def test_what_is_missing_would_be_found(catalogue: rdflib.Graph) -> None:
    rules = rdflib.Graph().parse(Path(FOLDER) / "shapes.ttl")
    without = rdflib.Graph()
    for triple in catalogue:
        if triple[1] != rdflib.DCTERMS.title:
            without.add(triple)
    assert not pyshacl.validate(without, shacl_graph=rules)[0]
