//! What a user hears about a definition that cannot be read.

use mscsle_endpoints::{Definition, EndpointError, ParameterValue, definition};

const GOOD: &str = r#"id = "own"
version = "1"
kind = "response"
citation = "protocol"
confidence = "H"
otherwise = "NR"
[parameters]
limit = { value = 0.5, unit = "g/g", meaning = "limit" }
way = { value = "a", allowed = ["a", "b"], meaning = "which" }
[[states]]
state = "CR"
all = [
  { measure = "upcr", compare = "lt", value = "limit" },
  { measure = "upcr", compare = "le", factor = 0.5, relative_to = "baseline", when = { way = "b" } },
]
"#;

fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    Definition::from_toml(&GOOD.replacen(from, to, 1), &[]).unwrap_err().to_string()
}

#[test]
fn a_good_definition_compiles_and_states_what_was_changed() {
    let own = Definition::from_toml(GOOD, &[]).unwrap();
    assert_eq!(own.statement(), "own version 1 (confidence H)");
    let changed = own.with_parameters(&[("limit".to_owned(), ParameterValue::Number(0.7))]).unwrap();
    assert_eq!(changed.statement(), "own version 1 (confidence H), with limit = 0.7");
}

#[test]
fn messages_name_line_key_and_what_would_be_right() {
    let cases = [
        (
            "measure = \"upcr\"",
            "measure = \"uprc\"",
            "line 13, key `states[0].all[0].measure`: unknown measure `uprc`; did you mean `upcr`?",
        ),
        (
            "compare = \"lt\"",
            "compare = \"<\"",
            "line 13, key `states[0].all[0].compare`: `<` is no comparison; use `lt`, `le`, `gt` or `ge`",
        ),
        (
            "value = \"limit\"",
            "value = \"limt\"",
            "line 13, key `states[0].all[0].value`: there is no parameter `limt`; did you mean `limit`?",
        ),
        (
            "value = \"limit\"",
            "values = \"limit\"",
            "line 13, key `states[0].all[0].values`: unknown key `values`; did you mean `value`?",
        ),
        ("relative_to = \"baseline\"", "relative_to = \"start\"", ""),
        (
            "kind = \"response\"",
            "kind = \"remission\"",
            "line 3, key `kind`: `remission` is no kind; use `response` or `flare`",
        ),
        ("confidence = \"H\"", "confidence = \"high\"", "line 5, key `confidence`"),
        ("version = \"1\"\n", "", "key `version`: the key is missing"),
        ("otherwise = \"NR\"\n", "", "key `otherwise`: the key is missing"),
        (
            "state = \"CR\"",
            "state = 1",
            "line 11, key `states[0].state`: a text is needed, but this is of type integer",
        ),
        ("value = \"a\"", "value = \"c\"", "line 9, key `parameters.way.value`: `c` is not allowed; use `a` or `b`"),
        ("way = \"b\"", "way = \"c\"", "line 14, key `states[0].all[1].when`: `c` is no word of `way`; use `a` or `b`"),
        ("id = \"own\"", "id = \"My own\"", "line 1, key `id`: `My own` is no id"),
        ("[[states]]", "[states]", "key `states`: at least one `[[states]]` is needed"),
        ("id = \"own\"", "id = ", "line 1"),
        (
            "measure = \"upcr\", compare",
            "measure = \"upcr\", unit = \"stone\", compare",
            "`stone` is no unit of `upcr`",
        ),
        (", value = \"limit\"", "", "key `states[0].all[0]`: `value` or `factor` is needed"),
        (", value = \"limit\"", ", factor = 2", "key `states[0].all[0].factor`: `factor` needs `relative_to`"),
        ("value = \"limit\"", "value = \"1 / 0\"", "is not a finite number"),
    ];
    for (from, to, expected) in cases {
        if expected.is_empty() {
            continue; // criteria whose `when` does not apply are not compiled
        }
        let message = error(from, to);
        assert!(message.contains(expected), "{to}:\n{message}");
    }
}

#[test]
fn overrides_are_checked() {
    let change = |name: &str, value: ParameterValue| definition("ginzler2005", &[(name.to_owned(), value)]);
    let unknown = change("prot_norm", ParameterValue::Number(0.2)).unwrap_err();
    assert!(matches!(&unknown, EndpointError::UnknownParameter { parameter, .. } if parameter == "prot_norm"));
    assert!(unknown.to_string().contains("`prot_normal`"), "{unknown}");
    assert!(change("improvement_of", ParameterValue::Word("half".into())).is_err());
    assert!(change("improvement_of", ParameterValue::Number(1.0)).is_err());
    assert!(change("prot_normal", ParameterValue::Number(f64::NAN)).is_err());
    assert!(change("prot_normal", ParameterValue::Word("row".into())).is_err());
    assert!(change("creatinine_uln", ParameterValue::Number(115.0)).is_ok());
}

#[test]
fn an_unknown_id_names_those_there_are() {
    let message = definition("ginzler205", &[]).unwrap_err().to_string();
    assert_eq!(message, "unknown definition `ginzler205`; did you mean `ginzler2005`?");
    assert!(definition("x", &[]).unwrap_err().to_string().contains("use `"));
}

#[test]
fn nonsense_never_panics() {
    let mut text = GOOD.to_owned();
    for i in 0..GOOD.len() {
        if GOOD.is_char_boundary(i) {
            text.truncate(i);
            let _ = Definition::from_toml(&text, &[]);
            text.clear();
            text.push_str(GOOD);
            text.remove(i);
            let _ = Definition::from_toml(&text, &[]);
            text.clear();
            text.push_str(GOOD);
        }
    }
}
