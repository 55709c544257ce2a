"""From a motion to what the body carries: kinematics, net joint loads, contact forces, outcomes over the gait cycle.

``*_kernels`` modules hold numba kernels (float64 arrays in, ``out`` last, no checks); their neighbours of the same name
are the interface that checks shapes. Nothing here is imported by the package itself, so numba loads only when needed.
"""
