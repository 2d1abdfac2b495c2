"""What every service needs and no business rule: functions to call, nothing to inherit."""
