package testkit

// Display keeps what it was told to show.
type Display struct{ Screens [][2]string }

// Show implements checkout.Display.
func (d *Display) Show(upper, lower string) { d.Screens = append(d.Screens, [2]string{upper, lower}) }

// Last is what it shows now.
func (d *Display) Last() [2]string { return d.Screens[len(d.Screens)-1] }
