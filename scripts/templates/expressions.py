"""Expressions of GitHub Actions, as far as the templates use them."""

import re

TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(&&|\|\||==|!=|!|\(|\))|([A-Za-z_][\w.-]*(?:\(\))?))")
WORDS = {"&&": "and", "||": "or", "!": "not"}


def look_up(contexts, path):
    value = contexts
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value


def evaluate(text, contexts, has_failed=False, is_cancelled=False):
    """The value of an expression, without its `${{ }}`."""
    words, at = [], 0
    text = text.strip()
    while at < len(text):
        token = TOKEN.match(text, at)
        if not token:
            raise ValueError(f"the test does not know this expression: {text}")
        at = token.end()
        literal, operator, name = token.groups()
        if literal is not None:
            words.append(repr(literal[1:-1].replace("''", "'")))
        elif operator:
            words.append(WORDS.get(operator, operator))
        elif name == "always()":
            words.append("True")
        elif name == "cancelled()":
            words.append(repr(is_cancelled))
        elif name == "failure()":
            words.append(repr(has_failed))
        else:
            words.append(repr(look_up(contexts, name)))
    return eval(" ".join(words), {"__builtins__": {}})  # literals and operators only


def interpolate(value, contexts):
    """A value of a workflow with its expressions replaced."""
    replace = lambda found: str(evaluate(found[1], contexts))
    return re.sub(r"\$\{\{(.*?)\}\}", replace, str(value).lower() if isinstance(value, bool) else str(value))


def is_true(condition, contexts, has_failed):
    """Whether a step with this `if:` runs."""
    condition = str(condition or "success()").strip()
    condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", condition, flags=re.S)
    asks = re.search(r"(always|failure|cancelled|success)\(\)", condition)
    condition = condition.replace("success()", "'yes'" if not has_failed else "''")
    if has_failed and not asks:
        return False
    return bool(evaluate(condition, contexts, has_failed))
