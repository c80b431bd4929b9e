package escpos

// Spell is what a profile makes of a text before it is laid out.
func (p Profile) Spell(text string) string { return p.spell(text) }

// Cuts says that there is a knife.
func (p Profile) Cuts() bool { return p.cuts }
