"""Elastic Cloud on Kubernetes: an operator that makes clusters of Elasticsearch, and Kibana in front of them.

The operator stands in no request's path; it has one replica and elects a leader among more.
"""

from __future__ import annotations

from homelab.software.elastic.kibana import KIBANA
from homelab.software.elastic.search import ELASTICSEARCH
from homelab.software.software import Software

ELASTIC = Software(name="eck-operator", kinds=(ELASTICSEARCH, KIBANA))
