"""How many queries a page may make: for cleo (client), sam (staff) and ada (admin), beside that of the session.

Each has one for the person and one for the number beside the inbox; who decides about proposals has one for theirs. 0 is
for who may not open the page. A page that needs more than stands here is to be made better before its number is raised.
"""

BUDGETS = """
accounts:activity-export       0   0   4
accounts:activity-list         0   0   4
accounts:activity-own          4   4   4
accounts:emails-change         6   6   6
accounts:invitations-accept    3   3   3
accounts:invitations-create    0   0   6
accounts:invitations-list      0   0   9
accounts:lockouts-list         0   0   7
accounts:mails-list            0   0   4
accounts:password-change       3   3   3
accounts:people-create         0   0   3
accounts:people-delete         0   0   8
accounts:people-edit           0   0  15
accounts:people-export         0   0   3
accounts:people-list           0   0  13
accounts:profile-edit         11  11  11
accounts:resets-request        1   1   1
accounts:resets-sent           1   1   1
accounts:resume-state          1   1   1
accounts:two-factor-rules      0   0   5
products:access-show           0   5   5
products:catalogue-create      0   4   6
products:catalogue-detail     13  15  16
products:catalogue-edit        0  15  16
products:catalogue-list        7   6   6
products:categories-create     0   4   4
products:categories-edit       0   7   7
products:categories-list       5   5   5
products:categories-merge      0   7   7
products:categories-show       5   5   5
products:changes-history       7   7   7
products:changes-list          5   5   5
products:changes-show          8   8   8
products:comments-show         5   5   5
products:dashboard-show        0  13  15
products:duplicates-list       0   3   3
products:exports-download      2   2   2
products:filters-show          3   3   3
products:find-show             3   3   3
products:inbox-list            5   5   5
products:jobs-list             0   4   4
products:jobs-show             0   0   4
products:paste-enter           0   3   3
products:price-edit            0   4   4
products:prices-list           5   5   5
products:proposals-create      8   0   0
products:proposals-decide      0   6   6
products:proposals-list        7   7   7
products:stock-adjust          0   4   4
products:stock-reorder         0   5   5
products:stock-show            6   5   5
products:tags-list             0   4   4
products:tags-rename           0   4   4
products:threshold-edit        0   4   4
products:trash-list            0   0   5
products:views-saved-create    3   3   3
products:views-saved-edit      5   5   5
products:views-saved-list      4   4   4
products:visibility-edit       0   4   4
products:watching-list         4   4   4
"""
