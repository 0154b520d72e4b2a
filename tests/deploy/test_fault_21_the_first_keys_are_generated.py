"""No default key ships (fault 21): the stack makes the first pair, in the form that the package reads."""

import json

from tests.support.stack import resources


def test_fault_21_the_secret_key_is_generated_and_the_access_key_differs_in_each_stack() -> None:
    secret = resources("AWS::SecretsManager::Secret")["UsersSecret"]["GenerateSecretString"]
    text, values = secret["SecretStringTemplate"]["Fn::Sub"]

    user = json.loads(text)
    assert secret["GenerateStringKey"] == "secret_key"
    assert secret["GenerateStringKey"] not in user
    assert (user["name"], user["role"]) == ("admin", "admin")
    assert user["access_key"] == "${Key}"
    assert values["Key"] == {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}


def test_fault_21_a_generated_key_is_long_and_holds_no_colon() -> None:
    secret = resources("AWS::SecretsManager::Secret")["UsersSecret"]["GenerateSecretString"]

    assert secret["PasswordLength"] >= 32
    assert secret["ExcludePunctuation"] is True
