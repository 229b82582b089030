"""What `manage.py benchmark` measures, part by part."""
