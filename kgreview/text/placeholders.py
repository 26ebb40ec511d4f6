"""Values that say nothing: blank ones, and words that stand in the place of a value."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.text.columns import encode

Mask = npt.NDArray[np.bool_]

# white space, control signs, and what Unicode calls default ignorable or draws as nothing
_BLANK = (
    r"\s\p{Z}\p{C}\x{00ad}\x{034f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2065}"
    r"\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}\x{fff0}-\x{fff8}\x{e0000}-\x{e0fff}"
)
_ALL_BLANK = rf"^[{_BLANK}]*$"
_AROUND = rf"^[{_BLANK}(\[{{<#\"'*]+|[{_BLANK})\]}}>\"'*.!:]+$"
_SIGNS = r"^(?:[-\x{2010}-\x{2015}\x{2212}\x{ff0d}\x{30fc}_=~]+|[?\x{ff1f}¿]+|[.…·]+|[/\\]+|\*+)$"
_LONGEST = 32  # characters of a placeholder

_WORDS = frozenset(
    """
    unknown|unkn|unk|not known|unknown value|unspecified|not specified|unidentified|undetermined
    unavailable|not available|no data|no value|no information|no info|no entry|n/a|n.a|n. a|na|n/k
    n.k|n/d|n.d|none|none given|none known|null|nil|nan|missing|missing value|undefined|undef
    empty|blank|not applicable|not given|not provided|not stated|not set|not found|not recorded
    not listed|no name|noname|unnamed|untitled|tbd|tba|tbc|tbd/tba|to be announced
    to be determined|to be confirmed|div/0|dbnull|none/none|\\n
    unbekannt|nicht bekannt|nicht verfügbar|nicht angegeben|nicht vorhanden|keine angabe
    keine angaben|keine daten|k.a|k. a|ohne angabe|o.a|o. a|ohne|keine|leer|entfällt
    inconnu|inconnue|non connu|non disponible|non renseigné|non spécifié|non précisé|indisponible
    aucun|aucune|sans objet|néant|vide|s.o
    desconocido|desconocida|no disponible|sin datos|no aplica|no especificado|ninguno|ninguna|vacío
    sin información|s/d|s.d|sin nombre
    sconosciuto|sconosciuta|ignoto|non specificato|nessuno|nessuna|non applicabile|n.d|vuoto
    desconhecido|desconhecida|não disponível|não informado|sem dados|não aplicável|nenhum|nenhuma
    vazio|indisponível
    onbekend|niet beschikbaar|niet van toepassing|n.v.t|nvt|geen|geen gegevens|leeg
    nieznany|nieznana|nieznane|brak|brak danych|nie dotyczy|b.d|niedostępny
    neznámý|neznámá|neznámé|neuvedeno|není k dispozici|žádný|žádná
    неизвестно|неизвестен|неизвестный|неизвестная|нет данных|нет|не указано|не указан|не определено
    н/д|отсутствует|пусто|невідомо|невідомий|немає даних|не вказано|немає
    okänd|okänt|saknas|ej tillgänglig|ingen|inga uppgifter|ukendt|ikke tilgængelig|ukjent|mangler
    tuntematon|ei tiedossa|ei saatavilla|puuttuu
    bilinmiyor|bilinmeyen|yok|belirtilmemiş|mevcut değil|ismeretlen|nincs adat|nincs
    necunoscut|necunoscută|indisponibil|nespecificat|άγνωστο|άγνωστος|άγνωστη|μη διαθέσιμο
    غير معروف|غير متوفر|غير متاح|مجهول|لا يوجد|לא ידוע|לא זמין|אין|ناشناس|نامشخص|نامعلوم
    अज्ञात|उपलब्ध नहीं|tidak diketahui|tidak tersedia|tidak ada|không rõ|không có|không biết
    未知|不明|不詳|不详|无|無|暂无|暫無|无数据|未定|未定義|未指定|なし|該当なし|データなし|未登録
    알 수 없음|알수없음|미상|불명|없음|미정
    0000-00-00|0000-00-00 00:00:00|0000-00-00t00:00:00|0000-00-00t00:00:00z|00/00/0000|00.00.0000
    0000/00/00|00-00-0000|9999-12-31
    """.replace("\n", "|").split("|")
)


def is_blank(values: pa.Array) -> Mask:
    """Tell which values hold nothing that can be seen, (values,); null is blank.

    White space of any kind, zero-width signs, byte order marks and the like are nothing.
    """
    blank = pc.match_substring_regex(values, _ALL_BLANK)
    return _mask(pc.fill_null(blank, True))


def is_placeholder_word(values: pa.Array) -> Mask:
    """Tell which values are words or signs that usually stand for a missing one, (values,).

    N/A, unknown, null, -, ???, 0000-00-00 and their like in the larger languages, in any case and
    in brackets or not. They may be real all the same (a band is called Unknown): this only
    proposes. Blank values are none.
    """
    encoded = encode(values)
    strings = encoded.dictionary
    short = pc.less_equal(pc.utf8_length(strings), _LONGEST)
    candidates = pc.if_else(short, strings, "")
    trimmed = pc.replace_substring_regex(candidates, _AROUND, "")
    words = pc.utf8_lower(pc.utf8_normalize(trimmed, form="NFC"))
    among = pc.is_in(words, value_set=_placeholders())
    visible = pc.replace_substring_regex(candidates, rf"[{_BLANK}]+", "")
    proposed = pc.or_(among, pc.match_substring_regex(visible, _SIGNS))
    return _mask(pc.fill_null(proposed.take(encoded.indices), False))


@functools.cache
def _placeholders() -> pa.LargeStringArray:
    return pa.array(sorted({word.strip() for word in _WORDS} - {""}), pa.large_string())


def _mask(booleans: pa.BooleanArray) -> Mask:
    return np.asarray(booleans.to_numpy(zero_copy_only=False), dtype=bool)
