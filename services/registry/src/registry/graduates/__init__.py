"""Graduates of former poor households (脱贫家庭高校毕业生): a file and a plan each."""
