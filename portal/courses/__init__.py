"""首席服务官讲业务: the programme, its courses, lecturers and slides."""
