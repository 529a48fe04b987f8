"""The first page: verdict, headlines, findings, actions, limitations."""
