"""Words in a channel's label that mean another signal than EEG: hearts, eyes, muscles, breathing, triggers."""

import re

_WORDS = (
    "ECG ECGL ECGR EKG EKGL EKGR EOG EOGL EOGR EOGH EOGV LEOG REOG HEOG VEOG EMG EMGL EMGR LEMG REMG RESP RESPIRATION "
    "STAT STATUS TRIG TRIGGER STI EVENT EVENTS MARK MARKER MARKERS ANNOT ANNOTATION ANNOTATIONS PHOTIC PULSE PLETH "
    "SPO2 SAO2 SPO SAO OSAT ETCO2 CAPNO FLOW AIRFLOW CHEST ABDO ABDOMEN ABDOMINAL THOR THORAX THORACIC CHIN SNOR SNORE "
    "SNORING AUX COUNTER TIMESTAMP TIMESTAMPS DC EXG GSR EDA PPG BVP PLET MISC STIM TRG TTL BIO ANALOG PTAF"
)
_NOT_EEG = frozenset(_WORDS.split())
"""Words that mean something else than EEG, with a number behind them or without."""
_WORDS_ALONE = "LOC ROC HR BPM IBI BURSTS SUPPR TEMP POSITION BATTERY LIGHT SOUND CPAP"
_NOT_EEG_ALONE = frozenset(_WORDS_ALONE.split())
"""The same where nothing else is in the label: with a number they may be leads ("LOC1", "TEMP4")."""


def names_other_signal(name: str) -> bool:
    """Whether a word of the label, with its number or without, means something else than EEG."""
    words = [word.upper() for word in re.split(r"[^\w']+|_", name) if word]
    # Whole words: "ECG" is also in the lead "LPreCG", and "LOC" in "LOC1".
    if {one for word in words for one in (word, word.rstrip("0123456789"))} & _NOT_EEG:
        return True
    return bool(words) and set(words) <= _NOT_EEG_ALONE
