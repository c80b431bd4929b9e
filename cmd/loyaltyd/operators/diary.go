package operators

import "github.com/rs/zerolog"

// LogWrongPIN writes into the diary whose PIN was keyed wrong, at the keypad, in a
// page, by a command or over the API, and how often in a row; no PIN.
func LogWrongPIN(log zerolog.Logger, operator string, inARow int) {
	log.Warn().Str("operator_id", operator).Int("in_a_row", inARow).Msg("wrong PIN of an operator")
}

// LogChange writes into the diary who works here no more, or anew, or has another PIN,
// and which user of the system ran the command.
func LogChange(log zerolog.Logger, what, user, operator string) {
	log.Info().Str("by_user", user).Str("operator_id", operator).Msg(what)
}
