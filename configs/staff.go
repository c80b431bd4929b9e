package configs

// Adjust says what may be changed by hand, by whom.
type Adjust struct {
	// ManagerAbove is how much of a unit is given or taken at once without a
	// manager's PIN.
	ManagerAbove int64 `key:"manager_above"`
}

func (a Adjust) check(bad complain) {
	if a.ManagerAbove < 0 {
		bad("adjust.manager_above", "%d is below 0; 0 means always", a.ManagerAbove)
	}
}
