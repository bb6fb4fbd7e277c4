import pytest

from warmstart.errors import DataError, OptionError, PathError
from warmstart.readers import _delimited, _encoding, table
from warmstart.readers._base import ReadOptions
from warmstart.readers.table import Table, read_table, rows_of


def read(folder, data, name="data.csv", **options):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return Table().read(path, ReadOptions(**options))


def refused(folder, data, words, name="data.csv", **options):
    with pytest.raises(DataError, match=words):
        read(folder, data, name, **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path, delimiter):
    rows = [["text", "label"], ['"good, or; not"', "a"], ["bad", "b"]]
    dataset = read(tmp_path, "\n".join(delimiter.join(row) for row in rows))
    assert list(dataset.inputs[0].cells) == ["good, or; not", "bad"]
    assert dataset.labels == ("a", "b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_finds_the_encoding(tmp_path, encoding):
    dataset = read(tmp_path, "text,label\ncafé olé for all of us,a\nplain words,b\n".encode(encoding))
    assert dataset.inputs[0].cells[0] == "café olé for all of us"


def test_refuses_an_unknown_encoding_with_the_row(tmp_path):
    refused(tmp_path, "text,label\nfine,a\n日本語,b\n".encode("shift-jis"), "row 2 has the byte 0x93. Save it as UTF-8")


def test_refuses_central_european_text_instead_of_reading_its_letters_as_signs(tmp_path):
    table = "text,label\nplain,a\nbyłem bardzo zadowolony z zakupu,b\nkażdy ma pełne prawo,a\n"
    words = r"read as Western text \(cp1252\) its words hold signs: row 2 has '³' between letters.*has 'ł'\. Save it"
    refused(tmp_path, table.encode("cp1250"), words)


def test_a_sign_between_letters_among_many_accents_is_a_slip(tmp_path):
    table = "text,label\n" + "café très agréable,a\n" * 20 + "dix m³de gaz,b\n"
    assert read(tmp_path, table.encode("cp1252")).inputs[0].cells[-1] == "dix m³de gaz"


def test_refuses_what_is_no_text(tmp_path):
    refused(tmp_path, b"PK\x03\x04\0\x01\x02\0\0\xff", "is not a text file")


def test_leaves_out_and_names_ragged_rows_by_their_place_in_the_file(tmp_path):
    dataset = read(tmp_path, "id,text,label\n1,x y,a\n2,y\n3,z,b,c\n4,q,b\n5,w,a\n")
    assert dataset.ids == ("row 1", "row 4", "row 5")
    assert [(row.id, row.reason) for row in dataset.skipped] == [
        ("row 2", "has 2 fields where the header has 3"),
        ("row 3", "has 4 fields where the header has 3"),
    ]


def test_a_quote_that_does_not_fit_is_refused_with_its_row(tmp_path):
    rows = "".join(f"text {row},{'ab'[row % 2]}\n" for row in range(20))
    refused(tmp_path, f'text,label\nfine,a\n"open,b\n{rows}', r"row 2 has a quote that does not fit.*end of data")
    refused(tmp_path, f'text,label\n"shut" too early,a\n{rows}', "row 1 has a quote that does not fit")
    refused(tmp_path, 'text,"label\na,b\nc,d\n', "the header has a quote that does not fit")


@pytest.mark.parametrize("texts", [['"open', "b", "c", "d"], ['6" nail', '"open', 'shut"', "d"]])
def test_quotes_of_tab_separated_rows_without_quoting_are_letters(tmp_path, texts):
    rows = "".join(f"{text}\t{'xy'[row % 2]}\n" for row, text in enumerate(texts))
    assert read(tmp_path, f"text\tlabel\n{rows}", "data.tsv").inputs[0].cells == texts


def test_quoted_lines_of_tab_separated_rows_stay_together(tmp_path):
    dataset = read(tmp_path, 'text\tlabel\n"two\nlines"\tx\nb\ty\n', "data.tsv")
    assert dataset.inputs[0].cells == ["two\nlines", "b"]


def test_blank_lines_do_not_take_the_quotes_from_tab_separated_rows(tmp_path):
    dataset = read(tmp_path, 'text\tlabel\n\n"good"\tx\n"say ""hi"""\ty\n\n', "data.tsv")
    assert dataset.inputs[0].cells == ["good", 'say "hi"']


def test_a_quote_that_does_not_fit_is_refused_where_tabs_do_not_help(tmp_path):
    refused(tmp_path, 'text\tlabel\n"open\tx\nb\ty\nc\n', "row 1 has a quote that does not fit", "data.tsv")


def test_refuses_a_table_of_which_most_rows_do_not_fit(tmp_path):
    words = "Most rows of data.csv do not fit its header: row 2 has 1 field where the header has 2. Check"
    refused(tmp_path, "text,label\na,b\nc\nd\n", words)


def test_refuses_empty_and_headless_tables(tmp_path):
    refused(tmp_path, "", "is empty. A table must have a header")
    refused(tmp_path, "text,label\n", "has no rows")
    refused(tmp_path, "text,text,label\na,b,c\n", "more than one column named 'text'")


def test_refuses_a_table_without_any_label(tmp_path):
    refused(tmp_path, "text,label\na,\nb,\n", "All labels are missing in column 'label' of data.csv")


def test_suggests_the_nearest_column(tmp_path):
    refused(tmp_path, "text,label\na,x\nb,y\n", "no column 'txet'.*Did you mean 'text'", inputs=("txet",))
    refused(tmp_path, "text,label\na,x\nb,y\n", "no column 'lable'.*Did you mean 'label'", target="lable")


def test_a_row_without_a_label_stays_as_unlabelled(tmp_path):
    assert read(tmp_path, "text,label\na,x\nb,\nc,y\n").labels == ("x", None, "y")


def test_guesses_the_longest_text_and_the_column_of_few_values(tmp_path):
    rows = "".join(f"{place},a rather long text {place},{'good' if place % 2 else 'bad'}\n" for place in range(8))
    dataset = read(tmp_path, "id,words,mood\n" + rows)
    assert dataset.inputs[0].name == "words"
    assert set(dataset.labels) == {"good", "bad"}


def test_asks_which_column_holds_the_labels(tmp_path):
    refused(tmp_path, "a,b\nx,1\ny,2\n", "Which column of data.csv holds the labels.*--target")


def test_reads_a_column_of_image_paths_relative_to_the_table(tmp_path):
    dataset = read(tmp_path, "photo,label\nin/one.png,a\ntwo.JPG,b\n")
    assert dataset.modality == "image"
    assert dataset.inputs[0].cells[0] == str(tmp_path.resolve() / "in" / "one.png")
    assert dataset.ids == ("in/one.png", "two.JPG")


def test_the_input_is_of_the_wished_kind_where_there_is_a_column_of_it(tmp_path):
    table = "photo,caption,label\na/very/long/path/of/one.png,a cat,x\na/very/long/path/of/two.png,a dog,y\n"
    assert read(tmp_path, table).inputs[0].name == "photo"
    dataset = read(tmp_path, table, kind="text")
    assert (dataset.inputs[0].name, dataset.modality) == ("caption", "text")
    assert read(tmp_path, "text,label\na,x\nb,y\n", kind="image").modality == "text"
    assert read(tmp_path, "photo,label\na.png,x\nb.png,y\n", kind="text").modality == "image"


def test_a_named_column_is_read_as_the_wished_kind(tmp_path):
    table = "name,label\none.png,x\ntwo.png,y\n"
    assert list(read(tmp_path, table, kind="text", inputs=("name",)).inputs[0].cells) == ["one.png", "two.png"]
    (tmp_path / "one").write_bytes(b"x")
    assert read(tmp_path, "name,label\none,x\ntwo,y\n", inputs=("name",)).modality == "text"
    dataset = read(tmp_path, "name,label\none,x\ntwo,y\n", kind="image", inputs=("name",))
    assert dataset.inputs[0].cells[0] == str(tmp_path.resolve() / "one")


def test_a_column_of_paths_of_photos_that_are_not_read_is_no_column_of_texts(tmp_path):
    assert read(tmp_path, "photo,label\nIMG_1.HEIC,a\nIMG_2.HEIC,b\n").modality == "image"


def test_groups_by_the_part_that_an_expression_matches(tmp_path):
    table = "id,text,label\n1_1,a,x\n1_2,b,y\n2_1,c,x\n"
    assert read(tmp_path, table, groups="id~^[^_]+").groups == ("1", "1", "2")
    assert read(tmp_path, table, groups="id").groups == ("1_1", "1_2", "2_1")
    with pytest.raises(OptionError, match="regular expression that cannot be read"):
        read(tmp_path, table, groups="id~(")


def test_keeps_the_rows_of_the_wanted_classes(tmp_path):
    assert read(tmp_path, "text,label\na,x\nb,y\nc,z\n", classes=("z", "x")).labels == ("x", "z")


def test_reads_json_lines_and_names_a_bad_line(tmp_path):
    dataset = read(tmp_path, '{"text": "hi", "label": 1}\n\n{"text": "ho", "label": 0}\n', "data.jsonl")
    assert dataset.labels == ("1", "0")
    refused(tmp_path, '{"text": "hi"}\n{"te', "Line 2 of data.jsonl is not JSON", "data.jsonl")
    refused(tmp_path, "[1]\n", "Line 1 of data.jsonl must be a JSON object. Got list", "data.jsonl")


def test_a_key_that_comes_late_is_missing_before(tmp_path):
    table = '{"text": "a", "label": 1}\n{"text": "b", "label": 0, "extra": "x"}\n{"label": 0, "text": "c"}\n'
    path = tmp_path / "late.jsonl"
    path.write_text(table)
    assert read_table(path).columns == {"text": ["a", "b", "c"], "label": [1, 0, 0], "extra": [None, "x", None]}


def test_a_letter_that_lies_across_two_pieces_of_the_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(_encoding, "PIECE", 3)
    assert read(tmp_path, "text,label\nñandú ñ,a\nb,c\n").inputs[0].cells[0] == "ñandú ñ"


def test_reads_parquet_and_refuses_what_is_not(tmp_path):
    import polars

    polars.DataFrame({"text": ["a", "b"], "label": [1, 0]}).write_parquet(tmp_path / "x.parquet")
    assert Table().read(tmp_path / "x.parquet", ReadOptions()).labels == ("1", "0")
    refused(tmp_path, b"PAR1xxxx", "is not a Parquet file that can be read", "bad.parquet")


def test_reads_texts_longer_than_the_csv_module_allows(tmp_path):
    import csv

    before = csv.field_size_limit()
    assert len(read(tmp_path, f"text,label\n{'x' * 200_000},a\nb,c\n").inputs[0].cells[0]) == 200_000
    assert csv.field_size_limit() == before


def test_finds_the_delimiter_beside_a_text_longer_than_the_csv_module_allows(tmp_path):
    dataset = read(tmp_path, f"text;label\n{'so, ' * 50_000};a\nb;c\n")
    assert dataset.labels == ("a", "c")


def test_a_parquet_file_is_the_one_that_is_named_and_no_pattern(tmp_path):
    import polars

    for name, label in (("x1.parquet", "other"), ("x[1].parquet", "own")):
        polars.DataFrame({"text": ["a", "b"], "label": [label, "c"]}).write_parquet(tmp_path / name)
    assert Table().read(tmp_path / "x[1].parquet", ReadOptions()).labels == ("own", "c")
    assert [row.value for row in rows_of(tmp_path / "x[1].parquet", "label")] == ["own", "c"]


def test_dates_decimals_durations_and_lists_are_no_images(tmp_path):
    import datetime
    import decimal

    import polars

    day, rows = datetime.date(2026, 1, 1), ["good film", "bad film", "so so"]
    columns = {
        "date": [day, day, day],
        "price": [decimal.Decimal("1.5")] * 3,
        "length": [datetime.timedelta(minutes=90)] * 3,
        "tags": [["a"], ["b"], ["a"]],
        "text": rows,
        "label": ["x", "y", "x"],
    }
    polars.DataFrame(columns).write_parquet(tmp_path / "reviews.parquet")
    dataset = Table().read(tmp_path / "reviews.parquet", ReadOptions())
    assert (dataset.inputs[0].name, dataset.modality) == ("text", "text")
    with pytest.raises(DataError, match=r"Every row must have one label, a word or a number\. Got a list in row 1\."):
        Table().read(tmp_path / "reviews.parquet", ReadOptions(target="tags"))


@pytest.mark.parametrize("cell", [{"bytes": b"x", "path": None}, {"bytes": None, "path": "a.png"}, b"x"])
def test_encoded_images_are_found_beside_texts(tmp_path, cell):
    import polars

    polars.DataFrame({"text": ["a a", "b"], "image": [cell] * 2, "label": [0, 1]}).write_parquet(tmp_path / "x.pq")
    assert Table().read(tmp_path / "x.pq", ReadOptions()).inputs[0].name == "image"


@pytest.mark.parametrize("name", ["many.csv", "many.jsonl", "many.parquet"])
def test_one_column_comes_row_by_row(tmp_path, monkeypatch, name):
    import polars

    monkeypatch.setattr(_delimited, "BATCH", 2)
    monkeypatch.setattr(table, "BATCH", 2)
    frame = polars.DataFrame({"text": [*"abcde"], "note": [*"vwxyz"]})
    write = {".csv": frame.write_csv, ".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}
    write[f".{name.partition('.')[2]}"](tmp_path / name)
    assert [(row.number, row.value) for row in rows_of(tmp_path / name, "note")] == list(enumerate("vwxyz", start=1))
    with pytest.raises(DataError, match=r"has no column 'tex'\. It has: text, note\. Did you mean 'text'"):
        next(rows_of(tmp_path / name, "tex"))


def test_one_column_is_not_read_beyond_what_is_asked_for(tmp_path, monkeypatch):
    taken = []
    records = _delimited.Layout.records
    monkeypatch.setattr(_delimited.Layout, "records", lambda self: (taken.append(one) or one for one in records(self)))
    (tmp_path / "data.csv").write_text("text,label\n" + "a,b\n" * 100)
    rows = rows_of(tmp_path / "data.csv", "text")
    next(rows)
    assert len(taken) == 2


def test_rows_of_one_column_with_a_wrong_number_of_fields_have_a_reason(tmp_path):
    (tmp_path / "data.csv").write_text("text,label\na,b\nc\nd,e\n")
    assert [(row.number, row.value, row.reason) for row in rows_of(tmp_path / "data.csv", "text")] == [
        (1, "a", None),
        (2, None, "has 1 field where the header has 2"),
        (3, "d", None),
    ]


def test_refuses_a_path_that_is_no_file(tmp_path):
    with pytest.raises(PathError, match=r"is not a file. A table must be a file"):
        read_table(tmp_path / "none.csv")
