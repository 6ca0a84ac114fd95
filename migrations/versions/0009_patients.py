"""Patients: private notes, search, erasure, merging.

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)

# Letters with marks, then what stands between words; and what each becomes in the search.
_FROM = (
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚě"
    "ĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĴĵĶķĹĺĻļĽľŁłŃńŅņŇňŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽ"
    "žḀḁḂḃḄḅḆḇḈḉḊḋḌḍḎḏḐḑḒḓḔḕḖḗḘḙḚḛḜḝḞḟḠḡḢḣḤḥḦḧḨḩḪḫḬḭḮḯḰḱḲḳḴḵḶḷḸḹḺḻḼḽḾḿṀṁṂṃṄṅṆṇṈṉṊṋṌṍṎṏṐṑṒṓṔṕṖṗṘ"
    "ṙṚṛṜṝṞṟṠṡṢṣṤṥṦṧṨṩṪṫṬṭṮṯṰṱṲṳṴṵṶṷṸṹṺṻṼṽṾṿẀẁẂẃẄẅẆẇẈẉẊẋẌẍẎẏẐẑẒẓẔẕẖẗẘẙẛẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặ"
    "ẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ'’`´.,;:-–/()\"_&"
)
_TO = (
    "aaaaaaaceeeeiiiidnoooooouuuuytsaaaaaaaceeeeiiiidnoooooouuuuytyaaaaaaccccccccddddeeeeeeeeee"
    "gggggggghhhhiiiiiiiiiijjkkllllllllnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzz"
    "zaabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnooooooooppppr"
    "rrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwysaaaaaaaaaaaaaaaaaaaaaaaa"
    "eeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy                "
)
_NAME_WORDS = "to_tsvector('simple'::regconfig, translate((name)::text, '{}'::text, '{}'::text))".format(
    _FROM.replace("'", "''"), _TO
)


def upgrade() -> None:
    """Notes; the words of names and the ends of numbers for the search; who was erased or merged, by whom."""
    op.create_table(
        "note",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column(
            "conversation_id", sa.Integer(), sa.ForeignKey("conversation.id"), nullable=False, index=True
        ),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("struck_at", _TIME),
        sa.Column("struck_by_id", sa.Integer(), sa.ForeignKey("staff_member.id")),
    )
    op.add_column(
        "patient",
        sa.Column("name_words", postgresql.TSVECTOR(), sa.Computed(_escaped(_NAME_WORDS), persisted=True)),
    )
    op.create_index("ix_patient_name_words", "patient", ["name_words"], postgresql_using="gin")
    op.add_column(
        "phone_number",
        sa.Column("backwards", sa.Text(), sa.Computed(_escaped("reverse((number)::text)"), persisted=True)),
    )
    op.create_index(
        "ix_phone_number_backwards",
        "phone_number",
        ["backwards"],
        postgresql_ops={"backwards": "text_pattern_ops"},
    )
    op.add_column("patient", sa.Column("erased_at", _TIME))
    op.add_column("patient", sa.Column("erased_by_id", sa.Integer(), sa.ForeignKey("staff_member.id")))
    op.add_column("patient", sa.Column("erased_because", sa.String(32)))
    op.add_column("patient", sa.Column("merged_into_id", sa.Integer(), sa.ForeignKey("patient.id")))
    op.add_column("patient", sa.Column("merged_at", _TIME))
    op.add_column("patient", sa.Column("merged_by_id", sa.Integer(), sa.ForeignKey("staff_member.id")))
    op.create_index("ix_patient_merged_into_id", "patient", ["merged_into_id"])


def _escaped(sql: str) -> str:
    # A colon names a parameter otherwise.
    return sql.replace(":", "\\:")
