"""What can be true or false about land: values, rules and changes, without files, SQL or HTTP."""
