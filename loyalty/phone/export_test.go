package phone

// Planned reads a number by its region's plan alone.
func Planned(typed, region string) (e164 string, ok bool) {
	digits, err := plain(typed)
	if err != nil {
		return "", false
	}
	return planOf(region).read(digits)
}

// ByLibrary reads a number without a plan.
func ByLibrary(typed, region string) (e164 string, err error) {
	digits, err := plain(typed)
	if err != nil {
		return "", err
	}
	return byLibrary(digits, region)
}
