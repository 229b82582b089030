"""After assignment: clocks that start once the owner was told, the steps of SLA policies, and leads that move on."""
