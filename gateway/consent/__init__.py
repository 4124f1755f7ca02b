"""What people let us do, as front-ends see and record it (W9)."""
