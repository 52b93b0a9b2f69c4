"""Tables of speed show the committed results."""

from bench.engines_tables import PAGE, beds, figure_5b, page, pauses, peer


def test_the_page_shows_the_committed_results() -> None:
    """A result that is measured anew needs the page to be written anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_way_stands_beside_its_peer() -> None:
    """The peer's row names the setting; ours say how many times less, and whether that is what was aimed at."""

    def way(engine: str, p99: float, cpu: float) -> dict[str, object]:
        return {
            "engine": engine,
            "newest_to_decision_ms": {"p99": p99},
            "cpu_ms_per_decision": cpu,
            "decisions": 39,
            "due": 40,
        }

    case = {
        "setting": "paper, 1 group",
        "ways": {"peer": way("eager torch", 60.0, 80.0), "sc_stream, bf16": way("openvino", 4.04, 8.0)},
        "ours": {
            "sc_stream, bf16": {
                "p99_times_lower": {"median": 14.96, "goal": 12, "reached": True},
                "cpu_times_lower": {"median": 9.9, "goal": 20, "reached": False},
            }
        },
    }
    _, _, first, second = peer([case]).splitlines()
    assert first == "| paper, 1 group | the peer, eager torch | 60 ms | 80 ms | 39 of 40 |"
    assert second == (
        "|  | streaming SC, bf16 | 4.0 ms: 15.0 times less, goal 12 reached | "
        "8.0 ms: 9.9 times less, goal 20 missed | 39 of 40 |"
    )


def test_beds_of_one_and_two_processes_share_a_row() -> None:
    """By size and engine."""
    rows = [
        {"size": "small", "engine": "openvino fp32", "processes": n, "beds_in_real_time": at}
        # On either side of a half: figures are rounded and not cut.
        for n, at in ((1, 245.4), (2, 501.6))
    ]
    assert beds({"processes": rows}).splitlines()[-1] == "| small | openvino fp32 | 245 | 502 |"


def test_first_answers_after_pauses_and_the_later_ones() -> None:
    """The first of each way; of the sleep's the second, fourth and eighth."""
    ms = {"none": [2.0] * 8, "asleep": [5.0, 4.0, 3.5, 3.0, 2.9, 2.8, 2.7, 2.0], "awake": [5.0], "reading": [4.0]}
    result = {"bench": "pauses", "rounds": 3, "sc_stream fp32": {"ms": ms}}
    assert pauses(result).splitlines()[-1] == (
        "| streaming SC, fp32 | 2.0 ms | 5.0 ms | 5.0 ms | 4.0 ms | 4.0, 3.0, 2.0 ms |"
    )


def test_others_are_set_beside_sc_on_the_same_engine() -> None:
    """A comparison across engines is no row; HDL's feature has no engine of its own."""
    spread = {"least": 1.0, "largest": 3.0, "paper": "3"}
    ratios = [
        {"detector": "TST; openvino fp32", "over": "SC; openvino fp32", "times": 2.0} | spread,
        {"detector": "TST; openvino fp32", "over": "SC; openvino bf16", "times": 9.0} | spread,
        {"detector": "TST; openvino fp32", "over": "streaming SC, one hop; openvino fp32", "times": 4.0} | spread,
        {"detector": "HDL; scipy", "over": "SC; openvino fp32", "times": 0.5} | spread,
        {"detector": "HDL; scipy", "over": "streaming SC, one hop; openvino fp32", "times": 0.25} | spread,
    ]
    assert figure_5b({"ratios": ratios}).splitlines()[2:] == [
        "| TST | openvino fp32 | 2 (1 to 3) | 4 (1 to 3) | 3 |",
        "| HDL | scipy | 0.5 (1 to 3) | 0.25 (1 to 3) | 3 |",
    ]
